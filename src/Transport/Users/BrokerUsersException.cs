namespace EdgeFlora.Transport.Users;

/// <summary>The broker's management API did not do what it was asked. The message says why; it holds no secret.</summary>
public sealed class BrokerUsersException : Exception
{
    public BrokerUsersException()
    {
    }

    public BrokerUsersException(string message)
        : base(message)
    {
    }

    public BrokerUsersException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
