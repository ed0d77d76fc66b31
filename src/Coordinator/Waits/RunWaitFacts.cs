using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What decides what a run waits for.</summary>
internal sealed record RunWaitFacts
{
    public required Guid Run { get; init; }

    public required RunState State { get; init; }

    /// <summary>Why it is in this state.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it is held because the service was restored and does not know what it has spent; the reason says what to do.</summary>
    public bool SpentUnknown { get; init; }

    /// <summary>Why bodies can be neither stored nor read; null: they can.</summary>
    public string? BodiesTrouble { get; init; }

    /// <summary>The moment it is asked at.</summary>
    public required DateTimeOffset Moment { get; init; }

    /// <summary>Since when it waits for what it waits for.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Its round; null: it is not led, or has none yet.</summary>
    public RoundSight? Round { get; init; }

    /// <summary>What agents last said of their tasks, by agent.</summary>
    public IReadOnlyDictionary<string, TaskAdvance> Advances { get; init; } = new Dictionary<string, TaskAdvance>();

    /// <summary>Whether all rounds are over and measurements are still to come.</summary>
    public bool WaitsForEvaluators { get; init; }

    /// <summary>Evaluators that have not answered yet, by name.</summary>
    public IReadOnlyList<string> Evaluators { get; init; } = [];

    /// <summary>When evaluators are no longer waited for.</summary>
    public DateTimeOffset? EvaluatorsUntil { get; init; }

    /// <summary>Agents that are there and may take part.</summary>
    public int Present { get; init; }

    /// <summary>Agents that it needs.</summary>
    public int Needed { get; init; }

    /// <summary>Agents that it expects by name and that are not there.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>Labels that its agents must have; empty: any will do.</summary>
    public string Selector { get; init; } = "";

    /// <summary>Data set that its agents must hold; null: any that suits its task.</summary>
    public string? DataSet { get; init; }

    /// <summary>Why agents that one might think of do not count, each as <c>a is silent</c>.</summary>
    public IReadOnlyList<string> Absent { get; init; } = [];

    /// <summary>Names of runs that go before it.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>When it has failed by waiting, which its spec must have asked for.</summary>
    public DateTimeOffset? Until { get; init; }
}
