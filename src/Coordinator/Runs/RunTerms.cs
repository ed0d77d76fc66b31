using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Provenance;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>How a run stands to the service it runs in.</summary>
internal sealed record RunTerms
{
    public required Guid RunId { get; init; }

    /// <summary>Higher goes first. -100 … 100.</summary>
    public int Priority { get; init; }

    /// <summary>Name of the data set that agents train on; null: the only one that each has for the task.</summary>
    public string? DataSet { get; init; }

    /// <summary>Interval of agents' heartbeats, in milliseconds.</summary>
    public required int HeartbeatMs { get; init; }

    /// <summary>Whether the run waits for its agents for as long as it takes.</summary>
    public bool WaitsForEver { get; init; }

    /// <summary>Whether an operator holds it.</summary>
    public bool Paused { get; init; }

    /// <summary>A round that is given up where it is found open; see <see cref="RunEntry.AbandonedRound"/>.</summary>
    public int? AbandonedRound { get; init; }

    /// <summary>Newest adapters that stay on the disk while the run goes on.</summary>
    public int KeptModels { get; init; } = int.MaxValue;

    /// <summary>Whether another run is to begin from one of its models.</summary>
    public Func<bool> IsAwaited { get; init; } = static () => false;

    /// <summary>Gives the key that signs what the run publishes.</summary>
    public Func<ProvenanceKey> Key { get; init; } = static () => throw new InvalidOperationException("This run publishes nothing.");

    /// <summary>Newest rounds whose results stay on the disk, so that they can be merged again.</summary>
    public int KeptResults { get; init; }

    /// <summary>Reads the adapter that the first round begins from; gives null for a fresh one.</summary>
    public Func<LoraAdapter?> StartFrom { get; init; } = static () => null;
}
