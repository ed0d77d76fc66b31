namespace EdgeFlora.Transport.Buses;

/// <summary>
/// The broker could not be reached or did not let us in. The message names host, port, virtual host and user, and what to do; never the password.
/// </summary>
public sealed class BrokerUnreachableException : Exception
{
    public BrokerUnreachableException()
    {
    }

    public BrokerUnreachableException(string message)
        : base(message)
    {
    }

    public BrokerUnreachableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the broker is there and does not accept our user or its password.</summary>
    public bool IsLogin { get; init; }
}
