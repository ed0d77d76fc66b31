namespace EdgeFlora.Adapters;

/// <summary>
/// An adapter, tensor file or payload that is not what it says. The message names the file or payload, the tensor, the value and what would be right.
/// </summary>
public sealed class AdapterFormatException : Exception
{
    public AdapterFormatException()
    {
    }

    public AdapterFormatException(string message)
        : base(message)
    {
    }

    public AdapterFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
