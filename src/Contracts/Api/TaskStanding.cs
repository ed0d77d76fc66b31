namespace EdgeFlora.Contracts.Api;

/// <summary>One agent's task in the round at hand.</summary>
public sealed record TaskStanding
{
    public required string AgentId { get; init; }

    /// <summary><c>Offered</c>, <c>Accepted</c>, <c>Done</c>, <c>Lost</c>, <c>Declined</c>, <c>Failed</c>, <c>Rejected</c> or <c>Late</c>.</summary>
    public required string State { get; init; }

    /// <summary>What it is at, or how it ended: <c>training, 62 %</c>.</summary>
    public required string Sentence { get; init; }

    /// <summary>LoRA rank that it was offered with, where not all agents of the run have the same.</summary>
    public int? Rank { get; init; }

    /// <summary>Whether the round may still get a result of it.</summary>
    public required bool AtWork { get; init; }

    /// <summary><c>Preparing</c>, <c>Training</c>, <c>Uploading</c>, …, as last heard; absent: not heard yet.</summary>
    public string? Phase { get; init; }

    /// <summary>Optimiser steps done.</summary>
    public int? Step { get; init; }

    /// <summary>Optimiser steps in all.</summary>
    public int? Total { get; init; }

    /// <summary>Mean loss of the last steps, nats.</summary>
    public double? Loss { get; init; }
}
