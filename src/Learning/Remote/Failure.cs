using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>An exception on its way from the worker to whoever called its proxy.</summary>
/// <param name="Kind">Which exception it becomes.</param>
internal sealed record Failure(FailureKind Kind, string Message)
{
    public static Failure Of(Exception exception) => new(
        exception switch
        {
            OperationCanceledException => FailureKind.Cancelled,
            TrainingDivergedException => FailureKind.Diverged,
            OutOfMemoryException => FailureKind.OutOfMemory,
            InvalidDataException => FailureKind.InvalidData,
            ArgumentException => FailureKind.Argument,
            EngineUnavailableException => FailureKind.Unavailable,
            _ => FailureKind.Unexpected,
        },
        exception.Message);

    public Exception ToException(CancellationToken cancellationToken) => Kind switch
    {
        FailureKind.Cancelled => new OperationCanceledException(Message, cancellationToken),
        FailureKind.Diverged => new TrainingDivergedException(Message),
        FailureKind.OutOfMemory => new InsufficientMemoryException(Message),
        FailureKind.InvalidData => new InvalidDataException(Message),
        FailureKind.Argument => new ArgumentException(Message),
        FailureKind.Unavailable => new EngineUnavailableException(Message),
        _ => new InvalidOperationException(Message),
    };
}

/// <summary>The exceptions that callers of an engine tell apart.</summary>
internal enum FailureKind
{
    Unexpected,
    Cancelled,
    Diverged,
    OutOfMemory,
    InvalidData,
    Argument,
    Unavailable,
}
