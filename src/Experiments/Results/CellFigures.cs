namespace EdgeFlora.Experiments.Results;

/// <summary>What one run of an experiment came to.</summary>
public sealed record CellFigures
{
    public required Cell Cell { get; init; }

    /// <summary>In order, from 1.</summary>
    public required IReadOnlyList<RoundFigures> Rounds { get; init; }

    /// <summary>Accuracy on the central test set of what each agent sent in the last round; empty where agents keep factors or the head.</summary>
    public IReadOnlyList<double> LocalOnTest { get; init; } = [];

    /// <summary>Accuracy of the last global adapter on each agent's held-out texts, in the agents' order; null for an agent without any.</summary>
    public IReadOnlyList<double?> GlobalByAgent { get; init; } = [];

    /// <summary>
    /// Accuracy on each agent's held-out texts of what it has in the end, which is its own best adapter where that does better there; empty where
    /// agents keep factors or the head.
    /// </summary>
    public IReadOnlyList<double?> KeptByAgent { get; init; } = [];

    /// <summary>Where agents keep factors or the head: accuracy of each agent's own model on the central test set.</summary>
    public IReadOnlyList<double> PersonalOnTest { get; init; } = [];

    /// <summary>
    /// Accuracy on the central test set at the end: of the global adapter, or of the agents' own models on average; null if none was measured.
    /// </summary>
    public double? Accuracy => Rounds[^1].Test?.Accuracy ?? (PersonalOnTest.Count > 0 ? PersonalOnTest.Average() : null);

    /// <summary>Accuracy of the agent that the last global adapter serves worst.</summary>
    public double? Worst => Least(GlobalByAgent);

    /// <summary>Accuracy of the agent that is worst off with what it keeps.</summary>
    public double? WorstKept => Least(KeptByAgent);

    private static double? Least(IReadOnlyList<double?> values) => values.OfType<double>().Any() ? values.OfType<double>().Min() : null;
}
