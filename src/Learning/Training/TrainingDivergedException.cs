namespace EdgeFlora.Learning.Training;

/// <summary>Training left the finite numbers: the learning rate is too high or the data is broken. The message names step and value.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException()
    {
    }

    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
