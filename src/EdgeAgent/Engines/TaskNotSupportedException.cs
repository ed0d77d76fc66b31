namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>An engine does not do tasks of this kind. The message says why; the coordinator is told.</summary>
public sealed class TaskNotSupportedException : Exception
{
    public TaskNotSupportedException()
    {
    }

    public TaskNotSupportedException(string message)
        : base(message)
    {
    }

    public TaskNotSupportedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
