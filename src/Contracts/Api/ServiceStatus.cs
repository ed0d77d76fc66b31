namespace EdgeFlora.Contracts.Api;

/// <summary>How the service stands, for readiness and metrics.</summary>
public sealed record ServiceStatus
{
    /// <summary>Whether commands are taken and events flow.</summary>
    public required bool Ready { get; init; }

    /// <summary>What is missing, in a sentence; absent when ready.</summary>
    public string? Problem { get; init; }

    /// <summary>Runs by state; states without runs may be left out.</summary>
    public required IReadOnlyDictionary<RunState, int> Runs { get; init; }

    /// <summary>Agents that are there and may work.</summary>
    public required int AgentsOnline { get; init; }

    /// <summary>Agents enrolled in all.</summary>
    public required int Agents { get; init; }

    /// <summary>Agents at work.</summary>
    public required int AgentsBusy { get; init; }

    /// <summary>Messages in the name of agents whose users did not send them, dropped since the service started.</summary>
    public long ForgedMessages { get; init; }

    /// <summary>Whether only enrolled agents are let in.</summary>
    public bool EnrolmentRequired { get; init; }

    /// <summary>Version of the service's program; absent from services that do not tell yet.</summary>
    public string? Version { get; init; }

    /// <summary>Term of this service on its store.</summary>
    public required long Term { get; init; }

    public required DateTimeOffset StartedAt { get; init; }
}
