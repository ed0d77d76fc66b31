namespace EdgeFlora.Coordinator.Store;

/// <summary>The database does not let the service in: it is away, or user, password, rights or version are not what they should be.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException()
    {
    }

    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
