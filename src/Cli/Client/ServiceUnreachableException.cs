namespace EdgeFlora.Cli.Client;

/// <summary>The service did not answer.</summary>
internal sealed class ServiceUnreachableException : Exception
{
    public ServiceUnreachableException()
    {
    }

    public ServiceUnreachableException(string message)
        : base(message)
    {
    }

    public ServiceUnreachableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
