using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Contracts.Api;

/// <summary>An agent of the fleet in a list.</summary>
public sealed record AgentSummary
{
    public required string Name { get; init; }

    /// <summary>Id of its state folder, made at enrolment; a new process of the same installation is a restart.</summary>
    public required Guid InstallationId { get; init; }

    public required AgentRole Role { get; init; }

    public required AgentPresence Presence { get; init; }

    public required AgentStanding Standing { get; init; }

    /// <summary>Why it is drained, quarantined or revoked, in a sentence.</summary>
    public string? Reason { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Operating system and processor: <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>Best engine and its device, for people.</summary>
    public string? Device { get; init; }

    /// <summary>Version of the agent program.</summary>
    public required string Version { get; init; }

    /// <summary>Training examples; absent before it told.</summary>
    public int? Examples { get; init; }

    /// <summary>The run it works for at this moment.</summary>
    public Guid? RunId { get; init; }

    /// <summary>What it does: <c>Idle</c>, <c>Training</c>, …; for display.</summary>
    public string? Activity { get; init; }

    /// <summary>What it is at, or why it is at nothing, in a sentence.</summary>
    public string? Sentence { get; init; }

    public DateTimeOffset? LastHeardAt { get; init; }
}

/// <summary>Whether an agent is there.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgentPresence>))]
public enum AgentPresence
{
    /// <summary>Enrolled and never heard of.</summary>
    NeverSeen,
    Online,

    /// <summary>Not heard of for longer than its grace.</summary>
    Silent,

    /// <summary>Left in good order.</summary>
    Left,
}

/// <summary>Whether an agent is given work.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgentStanding>))]
public enum AgentStanding
{
    Active,

    /// <summary>Finishes what it has and gets nothing new.</summary>
    Draining,

    /// <summary>Gets nothing until an operator releases it; what it sends is refused.</summary>
    Quarantined,

    /// <summary>Its credential no longer counts; it must be enrolled anew.</summary>
    Revoked,
}
