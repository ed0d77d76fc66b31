using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation;

/// <summary>An accepted adapter with its weight.</summary>
/// <param name="AgentId">Stable name of the agent; updates are summed in the ordinal order of these names.</param>
/// <param name="Weight">Training examples used; finite and ≥ 0.</param>
/// <param name="Adapter">The adapter as trained, with its own rank and scale.</param>
public sealed record Update(string AgentId, double Weight, LoraAdapter Adapter)
{
    /// <summary>Rounds committed since the agent started; 0 for an update of this round. Its contribution counts 1/√(1 + staleness).</summary>
    public int Staleness { get; init; }

    /// <summary>The adapter the agent started from, if that is not the broadcast one; required where <see cref="Staleness"/> &gt; 0.</summary>
    public LoraAdapter? Start { get; init; }

    /// <summary>Examples per label, in the order of the head's rows; used for per-class averaging of heads.</summary>
    public IReadOnlyList<double>? ClassCounts { get; init; }
}
