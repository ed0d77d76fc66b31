using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>What others want to know of the fleet, and what the fleet asks them.</summary>
internal sealed class FleetHooks
{
    /// <summary>
    /// An agent that is there may work, or finish what it has: it has just said hello (true), was heard again or changed by an operator.
    /// </summary>
    public Action<FleetAgent, bool> Joined { get; set; } = static (_, _) => { };

    /// <summary>An agent may work no longer, or has gone: its name, a code and a sentence.</summary>
    public Action<string, string, string> Withdrawn { get; set; } = static (_, _, _) => { };

    /// <summary>Labels that an agent's enrolment gives it.</summary>
    public Func<string, IReadOnlyDictionary<string, string>> EnrolmentLabels { get; set; } = static _ => new Dictionary<string, string>();

    /// <summary>The connection of an agent's process is gone: its name, and the process's boot id. Must not wait.</summary>
    public Action<string, Guid> CutOff { get; set; } = static (_, _) => { };

    /// <summary>The connection of an agent's process is gone: its name. Must not wait.</summary>
    public Action<string> ConnectionLost { get; set; } = static _ => { };

    /// <summary>An agent was heard.</summary>
    public Action<Heartbeat> Heard { get; set; } = static _ => { };

    /// <summary>Says which of an agent's open tasks nobody wants any more.</summary>
    public Func<OpenTask, bool> IsWanted { get; set; } = static _ => true;
}
