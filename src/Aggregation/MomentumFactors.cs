using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation;

/// <summary>A module's momentum as factors of bounded rank.</summary>
internal static class MomentumFactors
{
    /// <summary>Σ cᵤBᵤAᵤ at twice the rank of the last source; zero factors of rank 1 where the sum is zero.</summary>
    public static LoraFactors Of(IReadOnlyList<LoraFactors> sources, double[] coefficients, string module, int round, AggregationOptions options)
    {
        int rank = Math.Min(2 * sources[^1].Rank, Math.Min(sources[0].Outputs, sources[0].Inputs));
        var update = new IdealUpdate(new MemoryFactors(sources), coefficients, options.Threads);
        bool exact = CostModel.Choose(update.Outputs, update.Inputs, update.TotalRank, rank, options.Threads, resident: true) == TruncationMethod.Qr;
        SingularTriplets triplets = (exact
            ? QrTruncation.Of(update)
            : RandomisedTruncation.Of(
                update,
                sources[0].A,
                rank,
                energy: null,
                SeededRandom.For(options.Seed, "momentum " + module, round),
                options.Threads,
                TruncationMethod.Randomised))
            .Triplets.First(rank);
        return triplets.Count > 0 ? triplets.ToFactors() : new LoraFactors(new Matrix(1, update.Inputs), new Matrix(update.Outputs, 1));
    }
}
