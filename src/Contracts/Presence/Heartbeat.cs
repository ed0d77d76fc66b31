namespace EdgeFlora.Contracts.Presence;

/// <summary>The agent is alive (agent → presence); may be lost.</summary>
public sealed record Heartbeat
{
    public required MessageHeader Header { get; init; }

    /// <summary><c>Idle</c>, <c>Preparing</c>, <c>Training</c>, <c>Uploading</c>, …; for display.</summary>
    public required string State { get; init; }

    /// <summary>Largest resident memory so far, bytes.</summary>
    public long MemoryPeakBytes { get; init; }

    /// <summary>
    /// The last lines that the agent's program has written to its terminal, oldest first: at most <see cref="MostLines"/> of
    /// <see cref="LongestLine"/> characters. Absent: the same as before, or its owner does not let it tell.
    /// </summary>
    public IReadOnlyList<string>? Terminal { get; init; }

    /// <summary>Lines of <see cref="Terminal"/>.</summary>
    public const int MostLines = 20;

    /// <summary>Characters of a line of <see cref="Terminal"/>.</summary>
    public const int LongestLine = 200;

    /// <inheritdoc cref="AgentHello.ConnectionQueue"/>
    public string? ConnectionQueue { get; init; }
}

/// <summary>The agent leaves in good order (agent → fleet); its open tasks are given up.</summary>
public sealed record AgentBye
{
    public required MessageHeader Header { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }
}

/// <summary>Liveness through the real queue, not past it (coordinator → agent); answered with <see cref="Pong"/>.</summary>
public sealed record Ping
{
    public required MessageHeader Header { get; init; }
}

/// <summary>Answer to <see cref="Ping"/> (agent → fleet).</summary>
public sealed record Pong
{
    public required MessageHeader Header { get; init; }
}
