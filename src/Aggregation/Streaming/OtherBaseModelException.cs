namespace EdgeFlora.Aggregation.Streaming;

/// <summary>
/// Two folders name base models that differ in more than their path. A caller who knows better can say so: <see cref="MergeRequest.AnyBaseName"/>.
/// </summary>
public sealed class OtherBaseModelException : Exception
{
    public OtherBaseModelException()
    {
    }

    public OtherBaseModelException(string message)
        : base(message)
    {
    }

    public OtherBaseModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
