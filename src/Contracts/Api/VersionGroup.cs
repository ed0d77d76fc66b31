namespace EdgeFlora.Contracts.Api;

/// <summary>Agents of one version of the agent program, and what came of their tasks lately.</summary>
public sealed record VersionGroup
{
    public required string Version { get; init; }

    /// <summary>Whether it is the one that agents should have, as the service's configuration says (<c>agentVersion</c>).</summary>
    public bool IsWanted { get; init; }

    /// <summary>Agents that are there.</summary>
    public required int Online { get; init; }

    /// <summary>All that are known, without those that were revoked.</summary>
    public required int Agents { get; init; }

    /// <summary>
    /// Tasks of the last rounds of the runs that are under way, from the first round on that was opened after an agent had this version.
    /// </summary>
    public required RolloutGroup Tasks { get; init; }
}
