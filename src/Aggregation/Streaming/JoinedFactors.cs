using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>A source with one more entry, held in memory, at its end.</summary>
internal sealed class JoinedFactors(IFactorSource source, LoraFactors last) : IFactorSource
{
    public int Count => source.Count + 1;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    // A source that fits as a whole still does with one more; else a batch must not reach over its end, which loading by slots allows.
    public int Batch => source.Batch >= source.Count ? Count : source.Batch;

    public int RankOf(int index) => index < source.Count ? source.RankOf(index) : last.Rank;

    public LoraFactors Load(int index) => index < source.Count ? source.Load(index) : last;
}
