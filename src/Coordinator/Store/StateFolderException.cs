namespace EdgeFlora.Coordinator.Store;

/// <summary>The state folder can't be used: another coordinator holds it, it is of another version, or it holds a run under other settings.</summary>
public sealed class StateFolderException : Exception
{
    public StateFolderException()
    {
    }

    public StateFolderException(string message)
        : base(message)
    {
    }

    public StateFolderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
