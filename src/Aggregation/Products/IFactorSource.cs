using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Products;

/// <summary>One module's factors of every agent, in memory or on disk, in a fixed order.</summary>
/// <remarks>Two agents' factors may be loaded at the same time from different threads.</remarks>
internal interface IFactorSource
{
    int Count { get; }

    int Outputs { get; }

    int Inputs { get; }

    /// <summary>Most entries that may be loaded at once; what is loaded is let go before the next are.</summary>
    int Batch { get; }

    int RankOf(int index);

    /// <summary>A [rank × inputs] and B [outputs × rank] of entry <paramref name="index"/>; the caller only reads them.</summary>
    LoraFactors Load(int index);
}
