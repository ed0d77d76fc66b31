namespace EdgeFlora.Testing;

/// <summary>A federation did not do what was waited for, or cannot be. The message says what, and what its members said.</summary>
public sealed class FederationFailedException : Exception
{
    public FederationFailedException()
    {
    }

    public FederationFailedException(string message)
        : base(message)
    {
    }

    public FederationFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
