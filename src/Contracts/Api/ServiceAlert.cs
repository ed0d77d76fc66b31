using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>Something that an operator should know of.</summary>
public sealed record ServiceAlert
{
    public required AlertSeverity Severity { get; init; }

    /// <summary>What is wrong, in a sentence with names.</summary>
    public required string Sentence { get; init; }

    /// <summary>What to do about it, in a sentence.</summary>
    public required string Fix { get; init; }

    /// <summary>The run it is about, if one.</summary>
    public Guid? RunId { get; init; }

    /// <summary>The agent it is about, if one.</summary>
    public string? AgentId { get; init; }

    /// <summary>Since when; absent: not known.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>How soon somebody should look.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AlertSeverity>))]
public enum AlertSeverity
{
    /// <summary>Now: work or data is being lost, or will be.</summary>
    Critical,

    /// <summary>Today: something does not go on by itself.</summary>
    Warning,

    /// <summary>When there is time.</summary>
    Notice,
}
