namespace EdgeFlora.Protocol.Rounds;

/// <summary>One agent's work in one round, under a lease.</summary>
/// <param name="Agent">Name of the agent.</param>
/// <param name="Attempt">How often it was issued, from 1.</param>
/// <param name="LeaseEpoch">Fencing number: raised only when the same task is issued again.</param>
/// <param name="OfferedAt">When it was last issued, run clock in milliseconds.</param>
/// <param name="LastHeard">When the agent was last heard about it, run clock in milliseconds.</param>
internal sealed record AgentTask(string Agent, int Attempt, int LeaseEpoch, TaskState State, long OfferedAt, long LastHeard)
{
    /// <summary>Whether it is counted on before the agent has taken it: not where the agent has yet to show that it works.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>Whether the agent was heard about it.</summary>
    public bool Taken { get; init; }

    /// <summary>Rank that it is offered with, as long as this epoch lasts; absent: the run's.</summary>
    public int? Rank { get; init; }

    /// <summary>When its result counted, run clock in milliseconds.</summary>
    public long? DoneAt { get; init; }

    /// <summary>Short name of the reason it ended without a result.</summary>
    public string? EndCode { get; init; }

    public bool AtWork => State is TaskState.Offered or TaskState.Accepted;

    /// <summary>When silence ends it, run clock in milliseconds.</summary>
    public long LeaseEnd(RoundRules rules) => State == TaskState.Offered ? OfferedAt + rules.OfferTimeoutMs : LastHeard + rules.LeaseGraceMs;
}
