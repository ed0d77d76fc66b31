using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>What a run waits for; it never fails by waiting unless its spec says so.</summary>
public sealed record WaitReason
{
    public required WaitKind Kind { get; init; }

    /// <summary>In a sentence, with names: <c>waits for 2 more of 3 agents that match 'site=berlin'; a is offline, b is quarantined.</c></summary>
    public required string Sentence { get; init; }

    /// <summary>Agents that are there, where agents are waited for.</summary>
    public int? Present { get; init; }

    /// <summary>Agents that are needed, where agents are waited for.</summary>
    public int? Needed { get; init; }

    /// <summary>Agents by name for which it waits; empty if any will do.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    public required DateTimeOffset Since { get; init; }

    /// <summary>When the wait ends by itself, which the spec must have asked for; absent: never.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What is waited for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WaitKind>))]
public enum WaitKind
{
    /// <summary>Other runs go first.</summary>
    Turn,

    /// <summary>Too few fitting agents are there.</summary>
    Agents,

    /// <summary>All rounds are over and evaluators have not answered yet.</summary>
    Evaluators,

    /// <summary>An operator has paused the run.</summary>
    Operator,

    /// <summary>The broker is out of reach.</summary>
    Broker,

    /// <summary>Agents are at work in the open round.</summary>
    Results,

    /// <summary>The round's results are being merged.</summary>
    Merging,
}
