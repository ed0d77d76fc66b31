namespace EdgeFlora.Contracts;

/// <summary>
/// Names of the queues. An agent sends to <see cref="Fleet"/> and to addresses that messages gave it, never to a name that it made up.
/// </summary>
public static class Queues
{
    /// <summary>Hellos, byes and pongs, agents → coordinator service. Only one service consumes it.</summary>
    public const string Fleet = "ef.fleet";

    /// <summary>Heartbeats, agents → coordinator service; may be lost. Agents learn of it from their welcome.</summary>
    public const string Presence = "ef.presence";

    /// <summary>
    /// The exchange through which what agents with users of their own send comes to the service's queues, by the queue's name as routing key.
    /// </summary>
    public const string Up = "ef.up";

    /// <summary>Reports and results of one run, agents → coordinator; must not be lost. Made when the run starts, gone when it is over.</summary>
    public static string RunIntake(Guid run) => $"ef.run.{run}.intake";

    /// <summary>Chunks of binary bodies of one run, agents → coordinator; apart from its intake so that bulk never delays control.</summary>
    public static string RunChunks(Guid run) => $"ef.run.{run}.chunks";

    /// <summary>Offers, answers and chunks to one agent.</summary>
    public static string Agent(string agentId, int generation = 0) =>
        generation == 0 ? $"ef.agent.{agentId}" : $"ef.agent.{agentId}.{generation}";

    /// <summary>An empty queue that goes with an agent's connection to the broker: whoever sends to it learns when that is gone.</summary>
    /// <param name="mark">Eight lower-case hexadecimal digits, others for each connection.</param>
    public static string Connection(string agentId, string mark) => $"{Agent(agentId)}.{mark}.live";

    /// <summary>The exchange of an agent with a user of its own: the one place it may send to. The service leads it to <see cref="Up"/>.</summary>
    public static string AgentUp(string agentId) => $"{Agent(agentId)}.up";
}
