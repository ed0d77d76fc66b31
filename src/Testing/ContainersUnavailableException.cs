namespace EdgeFlora.Testing;

/// <summary>There is no container engine, or an image is missing. The message says what would help; a test may be skipped with it.</summary>
public sealed class ContainersUnavailableException : Exception
{
    public ContainersUnavailableException()
    {
    }

    public ContainersUnavailableException(string message)
        : base(message)
    {
    }

    public ContainersUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
