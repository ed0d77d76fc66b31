using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Users;

/// <summary>What a user may do on a virtual host: patterns of the names of queues and exchanges, as RabbitMQ has them.</summary>
/// <param name="Configure">What it may declare and delete.</param>
/// <param name="Write">Where it may publish, and which queues it may bind.</param>
/// <param name="Read">What it may consume, purge and bind queues to.</param>
public sealed record UserRights(string Configure, string Write, string Read)
{
    /// <summary>The rights of an agent: over what bears its own name, and over nothing else.</summary>
    /// <remarks>
    /// It declares its queues and, because MassTransit declares what it sends to, its own exchange. It publishes to that exchange alone:
    /// the default exchange would lead to every queue.
    /// The queue that goes with its connection it only declares: nobody reads it, and the service sends to it.
    /// Names of agents have no dots, so that no agent's name is the beginning of another's queue.
    /// </remarks>
    /// <param name="agentId">1 … 64 of <c>a-z 0-9 -</c>, none of which means anything in a pattern.</param>
    public static UserRights OfAgent(string agentId)
    {
        // The queue of a process that finds the usual one taken has eight hexadecimal digits behind it.
        string queues = $@"{Pattern(Queues.Agent(agentId))}(\.[0-9a-f]{{8}})?(\.chunks)?";
        string up = Pattern(Queues.AgentUp(agentId));
        string connection = Pattern(Queues.Connection(agentId, "MARK")).Replace("MARK", "[0-9a-f]{8}", StringComparison.Ordinal);
        return new UserRights($"^({queues}|{up}|{connection})$", $"^({queues}|{up})$", $"^{queues}$");
    }

    private static string Pattern(string name) => name.Replace(".", @"\.", StringComparison.Ordinal);
}
