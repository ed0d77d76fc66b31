namespace EdgeFlora.Contracts;

/// <summary>What every message carries: who, about what, and under which lease and term it counts.</summary>
/// <remarks>
/// Names, types and namespaces of this project are the wire: they may not change. A property added later must be optional, so that older peers keep
/// working.
/// No decision is ever taken from the sender's clock (<see cref="SentUnixMs"/>).
/// </remarks>
public sealed record MessageHeader
{
    /// <summary>Minor version of the contract the sender speaks; see <see cref="ContractVersion"/>.</summary>
    public required int V { get; init; }

    /// <summary>Same content, same id (UUID version 5): a re-sent message is recognised as the same.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>Who owns the run; one virtual host of the broker per tenant.</summary>
    public string Tenant { get; init; } = "default";

    /// <summary>The run spoken of; empty before an agent has been welcomed to one.</summary>
    public Guid RunId { get; init; }

    /// <summary>The round spoken of, from 1; 0 if none.</summary>
    public int Round { get; init; }

    /// <summary>The task spoken of; empty if none.</summary>
    public Guid TaskId { get; init; }

    /// <summary>How often this task was offered to this agent, from 1; 0 if none.</summary>
    public int Attempt { get; init; }

    /// <summary>Fencing number of the lease on the task: a superseded epoch is refused at intake.</summary>
    public int LeaseEpoch { get; init; }

    /// <summary>The coordinator's term: agents drop messages whose term is lower than one they have seen. 0 from agents.</summary>
    public long Term { get; init; }

    /// <summary>The agent that sends this, or to which it is sent.</summary>
    public required string AgentId { get; init; }

    /// <summary>New for each process of the sender: tells a restart from a pause.</summary>
    public required Guid BootId { get; init; }

    /// <summary>Counts the sender's messages since its boot, from 1.</summary>
    public required long Seq { get; init; }

    /// <summary>W3C trace context of the round attempt, if tracing is on.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The sender's wall clock in Unix milliseconds; for display only.</summary>
    public long SentUnixMs { get; init; }
}
