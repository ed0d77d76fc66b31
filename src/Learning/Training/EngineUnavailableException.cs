namespace EdgeFlora.Learning.Training;

/// <summary>An engine or device that was asked for cannot be used here. The message says why and what would help.</summary>
public sealed class EngineUnavailableException : Exception
{
    public EngineUnavailableException()
    {
    }

    public EngineUnavailableException(string message)
        : base(message)
    {
    }

    public EngineUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
