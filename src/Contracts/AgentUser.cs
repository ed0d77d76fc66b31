namespace EdgeFlora.Contracts;

/// <summary>The broker's user of an enrolled agent, by which the broker proves who sent a message.</summary>
public static class AgentUser
{
    /// <summary>What the names of such users begin with; no other user's may.</summary>
    public const string Prefix = "edgeflora-agent-";

    /// <summary>The user of an agent.</summary>
    public static string Of(string agentId) => Prefix + agentId;
}
