namespace EdgeFlora.Contracts;

/// <summary>Names of the queues. An agent's queue address is data, not a convention: what its <see cref="Presence.AgentHello"/> says counts.</summary>
public static class Queues
{
    /// <summary>Results and lifecycle, agents → coordinator; must not be lost.</summary>
    public const string Intake = "ef.intake.0";

    /// <summary>Chunks of binary bodies, agents → coordinator; apart from <see cref="Intake"/> so that bulk never delays control.</summary>
    public const string Chunks = "ef.chunks.0";

    /// <summary>Heartbeats and progress, agents → coordinator; may be lost.</summary>
    public const string Presence = "ef.presence";

    /// <summary>Offers, answers and chunks to one agent.</summary>
    public static string Agent(string agentId, int generation = 0) =>
        generation == 0 ? $"ef.agent.{agentId}" : $"ef.agent.{agentId}.{generation}";
}
