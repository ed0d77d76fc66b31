namespace EdgeFlora.Learning.Programs;

/// <summary>This machine cannot lock a program down, so no generated program is run. The message says what is missing.</summary>
public sealed class SandboxUnavailableException : Exception
{
    public SandboxUnavailableException()
    {
    }

    public SandboxUnavailableException(string message)
        : base(message)
    {
    }

    public SandboxUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
