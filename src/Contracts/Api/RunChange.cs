using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>
/// What may change while a run is under way; absent settings stay as they are. Times as in the run spec: <c>90s</c>, <c>15m</c>, <c>2h</c>.
/// </summary>
public sealed record RunChange
{
    /// <summary>Rounds in all, not below those that are over or under way. 1 … 10,000.</summary>
    public int? Rounds { get; init; }

    /// <summary>Agents a round waits for. 1 … 100,000.</summary>
    public int? MinAgents { get; init; }

    /// <summary>Results wanted per round; 0: from every agent that is there. 0 … 100,000.</summary>
    public int? AgentsPerRound { get; init; }

    /// <summary>Above 0 … 1.</summary>
    public double? Quorum { get; init; }

    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? SoftDeadline { get; init; }

    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? HardDeadline { get; init; }

    /// <summary>-100 … 100.</summary>
    public int? Priority { get; init; }

    /// <summary>Up to 1,000 characters; empty: none.</summary>
    public string? Note { get; init; }
}
