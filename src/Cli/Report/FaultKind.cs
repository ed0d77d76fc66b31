namespace EdgeFlora.Cli.Report;

/// <summary>What a demo does to its own run.</summary>
internal enum FaultKind
{
    /// <summary>An agent is killed while it trains, and comes back after the round.</summary>
    AgentKilled,

    /// <summary>An agent is so slow that it misses the round's end.</summary>
    AgentSlow,

    /// <summary>An agent sends an update with NaN in it.</summary>
    PoisonNaN,

    /// <summary>An agent sends an update a thousand times too large.</summary>
    PoisonScale,

    /// <summary>The coordinator is killed in the middle of a round and started again.</summary>
    CoordinatorRestarted,
}
