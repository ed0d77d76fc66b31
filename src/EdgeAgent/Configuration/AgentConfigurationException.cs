namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>
/// Settings of an agent that cannot be used: all of them at once, each in one line that names where it was given, its value and what would be
/// right.
/// </summary>
public sealed class AgentConfigurationException : Exception
{
    public AgentConfigurationException()
    {
    }

    public AgentConfigurationException(string message)
        : base(message)
    {
    }

    public AgentConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal AgentConfigurationException(IReadOnlyList<string> mistakes)
        : base(string.Join('\n', mistakes)) => Mistakes = mistakes;

    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Mistakes { get; } = [];
}
