using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>
/// The rows of the design's two error tables, at a size whose singular values a slow judge finds: 96 for 768, 128 for 4096, rank 24 for 64. At full
/// size: the benchmark <c>aggregate-table</c>.
/// </summary>
public sealed class ErrorTableTests
{
    public static TheoryData<int, int, int, double, bool, bool> Rows => new()
    {
        { 96, 5, 8, 1, false, false },
        { 96, 20, 8, 1, false, false },
        { 96, 5, 8, 3, false, false },
        { 96, 20, 8, 3, false, false },
        { 96, 100, 8, 3, false, false },
        { 96, 5, 24, 1, true, false },
        { 96, 20, 24, 1, true, false },
        { 128, 20, 16, 1, true, false },
        { 128, 20, 24, 1, true, false },
        { 96, 5, 4, 1, false, true },
        { 96, 20, 4, 1, false, true },
        { 96, 100, 4, 1, false, true },
        { 96, 5, 16, 1, false, true },
        { 96, 20, 16, 1, false, true },
        { 96, 100, 16, 1, false, true },
        { 96, 20, 24, 1, false, true },
        { 96, 100, 24, 1, false, true },
        { 128, 5, 16, 1, false, true },
        { 128, 20, 16, 1, false, true },
        { 128, 100, 16, 1, false, true },
        { 128, 20, 24, 1, false, true },
        { 96, 5, 16, 3, false, true },
        { 96, 20, 16, 3, false, true },
        { 96, 100, 24, 3, false, true },
    };

    [Theory]
    [Trait("Invariant", "2")]
    [MemberData(nameof(Rows))]
    public void OptimalRank_is_within_half_a_percent_of_the_bound_and_FloraNA_between_it_and_FedIT(
        int size, int agents, int rank, double drift, bool later, bool heterogeneous)
    {
        (LoraAdapter broadcast, Update[] updates) = new TableRound(size, agents, rank, drift, later, heterogeneous).Make();
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        double bound = DenseReference.Bound(ideal, rank);

        foreach (TruncationMethod method in new[] { TruncationMethod.Randomised, TruncationMethod.Dense })
        {
            Assert.InRange(ErrorOf("OptimalRank", method), bound * (1 - 1e-6), 1.005 * bound);
        }

        double fedIt = ErrorOf("FedIT", TruncationMethod.Randomised);
        // Coefficients and sums of factors are rounded to single precision.
        Assert.InRange(ErrorOf("FloraNA", TruncationMethod.Randomised), bound * (1 - 1e-6), fedIt * (1 + 1e-6));

        double ErrorOf(string strategy, TruncationMethod method) => DenseReference.Error(
            Aggregator.Aggregate(Given.Options(strategy) with { Method = method }, broadcast, updates).Global.Modules[Given.Module], ideal);
    }
}
