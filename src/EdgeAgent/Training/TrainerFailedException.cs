namespace EdgeFlora.EdgeAgent.Training;

/// <summary>
/// The owner's program did not do a task: it crashed, hung, took too long, or what it left is not what the task asked for. The message says which,
/// in one line.
/// </summary>
internal sealed class TrainerFailedException : Exception
{
    public TrainerFailedException()
    {
    }

    public TrainerFailedException(string message)
        : base(message)
    {
    }

    public TrainerFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether another attempt could end otherwise: not where the program's answer is wrong.</summary>
    public bool Retryable { get; init; }
}
