namespace EdgeFlora.Contracts.Api;

/// <summary>How the published adapter does on each agent's own held-out data, measured by the agents at the end of the run.</summary>
public sealed record FinalMeasures
{
    /// <summary>The round of the adapter.</summary>
    public required int Round { get; init; }

    /// <summary>Each agent that was to measure, by name.</summary>
    public required IReadOnlyList<AgentMeasure> Agents { get; init; }

    /// <summary>Accuracies over agents, each counting once; absent for language models, and where nobody measured one.</summary>
    public FigureSpread? Accuracy { get; init; }

    /// <summary>Losses over agents, each counting once: nats an example, or a token for language models.</summary>
    public FigureSpread? Loss { get; init; }

    /// <summary>Each label over all agents' held-out examples together; empty where no agent counted them.</summary>
    public IReadOnlyList<LabelMeasure> Labels { get; init; } = [];

    /// <summary>
    /// Unweighted mean of F1 over the labels that occur in the examples or the predictions, 0 … 1; absent where no agent counted them.
    /// </summary>
    public double? MacroF1 { get; init; }

    /// <summary>Agents that keep their own adapter, for it does better on their held-out data; by name.</summary>
    public IReadOnlyList<string> KeepOwn { get; init; } = [];
}

/// <summary>One agent's measurement, or why there is none.</summary>
public sealed record AgentMeasure
{
    public required string AgentId { get; init; }

    /// <summary>Why it did not measure, in a sentence; absent: it did.</summary>
    public string? Missing { get; init; }

    /// <summary>Held-out examples.</summary>
    public int Examples { get; init; }

    /// <summary>Of the published adapter, 0 … 1; absent for language models.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Of the published adapter: nats an example, or a token for language models.</summary>
    public double? Loss { get; init; }

    /// <summary>Of the adapter that it keeps instead; absent where it keeps none.</summary>
    public double? OwnAccuracy { get; init; }

    /// <summary>Of the adapter that it keeps instead; absent where it keeps none.</summary>
    public double? OwnLoss { get; init; }

    /// <summary>Whether it keeps the best adapter that it trained itself.</summary>
    public bool KeepsOwn { get; init; }
}

/// <summary>A figure over agents.</summary>
/// <param name="Agents">How many measured it.</param>
/// <param name="WorstAgent">Name of the agent that it is worst for; the first by name of equals.</param>
/// <param name="Worst">The figure there.</param>
/// <param name="Deviation">Standard deviation over these agents (not an estimate for others); 0 for one.</param>
/// <param name="LowerTenth">A tenth of the agents are below, interpolated linearly.</param>
/// <param name="UpperTenth">A tenth of the agents are above, interpolated linearly.</param>
public sealed record FigureSpread(
    int Agents, string WorstAgent, double Worst, double Mean, double Deviation, double LowerTenth, double Median, double UpperTenth);

/// <summary>A label over all agents' held-out examples together.</summary>
/// <param name="Examples">Examples that have it.</param>
/// <param name="Recall">Share of them that were given it, 0 … 1; absent where there is none.</param>
public sealed record LabelMeasure(string Label, int Examples, double? Recall);
