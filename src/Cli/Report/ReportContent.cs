using EdgeFlora.Cli.Live;

namespace EdgeFlora.Cli.Report;

/// <summary>Everything the report shows.</summary>
internal sealed record ReportContent
{
    public required DemoResult Result { get; init; }

    public required RunView View { get; init; }

    /// <summary>How the run was set up, as name and value.</summary>
    public required IReadOnlyList<(string Name, string Value)> Settings { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required IReadOnlyList<AgentHolding> Holdings { get; init; }
}

/// <summary>What an agent holds and how far it comes alone.</summary>
/// <param name="Counts">Training examples of each label.</param>
/// <param name="AloneAccuracy">Accuracy of training alone, on every second text of the central test set; null without baselines.</param>
internal sealed record AgentHolding(string Agent, IReadOnlyList<int> Counts, double? AloneAccuracy);
