namespace EdgeFlora.Coordinator.Store;

/// <summary>Another coordinator has taken the run over: nothing this one decides counts any more.</summary>
public sealed class TermLostException : Exception
{
    public TermLostException()
    {
    }

    public TermLostException(string message)
        : base(message)
    {
    }

    public TermLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
