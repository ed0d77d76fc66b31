using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>Factors of which only a few may be held at once.</summary>
internal sealed class SmallBatches(LoraFactors[] factors, int batch) : IFactorSource
{
    public int Count => factors.Length;

    public int Outputs => factors[0].Outputs;

    public int Inputs => factors[0].Inputs;

    public int Batch => batch;

    public int RankOf(int index) => factors[index].Rank;

    public LoraFactors Load(int index) => factors[index];
}
