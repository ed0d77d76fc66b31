using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>Sums of a module's products, read back to a bounded rank.</summary>
internal static class LowRankSum
{
    /// <summary>The leading triplets of Σ cᵤBᵤAᵤ.</summary>
    /// <param name="rank">Most triplets; ≥ 1.</param>
    /// <param name="purpose">Tells the random directions of one sum from those of another.</param>
    public static SingularTriplets Of(
        IReadOnlyList<LoraFactors> sources, double[] coefficients, int rank, string purpose, int round, AggregationOptions options)
    {
        var update = new IdealUpdate(new MemoryFactors(sources), coefficients, options.Threads);
        rank = Math.Min(rank, Math.Min(update.Outputs, update.Inputs));
        bool exact = CostModel.Choose(update.Outputs, update.Inputs, update.TotalRank, rank, options.Threads, resident: true) == TruncationMethod.Qr;
        TruncatedUpdate truncated = exact
            ? QrTruncation.Of(update)
            : RandomisedTruncation.Of(
                update,
                sources[0].A,
                rank,
                energy: null,
                SeededRandom.For(options.Seed, purpose, round),
                options.Threads,
                TruncationMethod.Randomised);
        return truncated.Triplets.First(rank);
    }

    /// <summary>B·A of triplets; zero factors of rank 1 where there are none.</summary>
    public static LoraFactors ToFactors(SingularTriplets triplets) => triplets.Count > 0
        ? triplets.ToFactors()
        : new LoraFactors(new Matrix(1, triplets.Right.Columns), new Matrix(triplets.Left.Columns, 1));
}
