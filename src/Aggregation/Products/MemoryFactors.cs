using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Factors that are all in memory.</summary>
internal sealed class MemoryFactors(IReadOnlyList<LoraFactors> factors) : IFactorSource
{
    public int Count => factors.Count;

    public int Outputs => factors[0].Outputs;

    public int Inputs => factors[0].Inputs;

    public int Batch => factors.Count;

    public int RankOf(int index) => factors[index].Rank;

    public LoraFactors Load(int index) => factors[index];
}
