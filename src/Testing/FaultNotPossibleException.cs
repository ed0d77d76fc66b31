namespace EdgeFlora.Testing;

/// <summary>A fault cannot be made in a federation of this kind. The message says why, and in which it can.</summary>
public sealed class FaultNotPossibleException : Exception
{
    public FaultNotPossibleException()
    {
    }

    public FaultNotPossibleException(string message)
        : base(message)
    {
    }

    public FaultNotPossibleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
