using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>An agent that was welcomed to the run.</summary>
/// <param name="Boot">The process that counts as this agent.</param>
/// <param name="ReplyQueue">Where it listens: what its hello says, not a convention.</param>
internal sealed record KnownAgent(string Name, Guid Boot, string ReplyQueue, AgentRole Role)
{
    /// <summary>Whether it is there: said hello, has not left, is not silent.</summary>
    public bool Present { get; init; }

    /// <summary>Invalid results so far.</summary>
    public int Strikes { get; init; }

    /// <summary>Whether it may not take part any more.</summary>
    public bool Quarantined { get; init; }

    /// <summary>When it was last heard, run clock in milliseconds. Not stored: a coordinator that takes over gives everybody a fresh start.</summary>
    public long LastHeard { get; init; }

    /// <summary>Another process that asks for this name, and since when; see <see cref="Admission"/>.</summary>
    public (Guid Boot, long Since)? Rival { get; init; }

    public bool MayTrain => Present && !Quarantined && Role == AgentRole.Trainer;
}
