namespace EdgeFlora.Coordinator.Options;

/// <summary>Agents that train with other settings than the rest of a run, while these are tried.</summary>
public sealed record FirstAgents
{
    /// <summary>How they train.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Their names.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The first round in which they do.</summary>
    public required int FromRound { get; init; }

    internal bool Have(string agent, int round) => round >= FromRound && Names.Contains(agent, StringComparer.Ordinal);
}
