namespace EdgeFlora.Transport.Buses;

/// <summary>
/// A message's effects are not stored, through no fault of the message: it is not acknowledged, and the broker delivers it again, to this consumer or
/// another.
/// </summary>
public sealed class NotStoredException : Exception
{
    public NotStoredException()
    {
    }

    public NotStoredException(string message)
        : base(message)
    {
    }

    public NotStoredException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
