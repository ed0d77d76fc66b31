namespace EdgeFlora.Aggregation;

/// <summary>One agent's update can't be merged with the others; without it they can.</summary>
public sealed class UnfitUpdateException : ArgumentException
{
    /// <param name="agentId">Whose update it is.</param>
    /// <param name="message">What is wrong with it, in one line that names the agent.</param>
    public UnfitUpdateException(string agentId, string message)
        : base(message) => AgentId = agentId;

    public UnfitUpdateException()
        : this(string.Empty, "An update can't be merged.")
    {
    }

    public UnfitUpdateException(string message)
        : this(string.Empty, message)
    {
    }

    public UnfitUpdateException(string message, Exception innerException)
        : base(message, innerException) => AgentId = string.Empty;

    /// <summary>The agent to leave out.</summary>
    public string AgentId { get; }
}
