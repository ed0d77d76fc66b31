namespace EdgeFlora.Learning.Remote;

/// <summary>
/// The process that trained ended, hung or talked nonsense. What it held is gone; training may begin again from the last checkpoint. The message says
/// how it ended.
/// </summary>
public sealed class EngineLostException : Exception
{
    public EngineLostException()
    {
    }

    public EngineLostException(string message)
        : base(message)
    {
    }

    public EngineLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
