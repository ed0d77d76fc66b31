namespace EdgeFlora.Transport.Buses;

/// <summary>The queue a message was sent to does not exist: its owner never came or was away for longer than the queue is kept.</summary>
public sealed class QueueAbsentException : Exception
{
    public QueueAbsentException()
    {
    }

    public QueueAbsentException(string message)
        : base(message)
    {
    }

    public QueueAbsentException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
