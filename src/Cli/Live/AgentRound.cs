namespace EdgeFlora.Cli.Live;

/// <summary>One agent's part in one round.</summary>
internal sealed record AgentRound
{
    /// <summary>Milliseconds since the run began at which the task was taken up, if it was.</summary>
    public long? StartedMs { get; init; }

    /// <summary>Milliseconds since the run began at which its outcome was known.</summary>
    public long? EndedMs { get; init; }

    /// <summary>How it ended; <see cref="AgentState.Working"/> while it lasts.</summary>
    public AgentState Outcome { get; init; } = AgentState.Offered;

    /// <summary>Bytes of the body it handed in.</summary>
    public long Bytes { get; init; }

    /// <summary>Training loss last heard of, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Accuracy of the round's starting point, the last global adapter, on its held-out data.</summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Accuracy of its own adapter of this round on its held-out data.</summary>
    public double? LocalAccuracy { get; init; }

    /// <summary>Why it does not count, if it does not.</summary>
    public string? Reason { get; init; }
}
