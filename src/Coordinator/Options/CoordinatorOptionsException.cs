namespace EdgeFlora.Coordinator.Options;

/// <summary>A setting is wrong. Each line of the message names a setting, its value and what would be right.</summary>
public sealed class CoordinatorOptionsException : Exception
{
    public CoordinatorOptionsException()
    {
    }

    public CoordinatorOptionsException(string message)
        : base(message)
    {
    }

    public CoordinatorOptionsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
