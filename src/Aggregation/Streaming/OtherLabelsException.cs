namespace EdgeFlora.Aggregation.Streaming;

/// <summary>The heads of two folders have different classes. A caller can ask for the union of all: <see cref="MergeRequest.UniteLabels"/>.</summary>
public sealed class OtherLabelsException : Exception
{
    public OtherLabelsException()
    {
    }

    public OtherLabelsException(string message)
        : base(message)
    {
    }

    public OtherLabelsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
