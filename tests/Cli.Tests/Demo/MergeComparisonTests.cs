using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.Demo;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class MergeComparisonTests
{
    private const string Module = "layer.query";
    private const int Outputs = 5;
    private const int Inputs = 7;
    private const int Rank = 2;

    private static readonly LoraSettings Settings = new() { Rank = Rank, Alpha = 6, TargetModules = ["query"] };

    [Fact]
    public void The_exact_merge_is_the_weighted_mean_of_the_products()
    {
        Update[] updates = [.. new[] { 30, 10, 60 }.Select((texts, i) => new Update($"{i}", texts, Adapter((ulong)i + 1)))];
        AggregationResult mean = Aggregator.Aggregate(new AggregationOptions { Strategy = "FedIT", ClipFactor = 0 }, Adapter(9), updates);

        LoraAdapter exact = MergeComparison.Stacked(updates, mean);

        Assert.Equal((3 * Rank, Settings.Scale), (exact.Settings.Rank, exact.Settings.Scale));
        for (int row = 0; row < Outputs; row++)
        {
            for (int column = 0; column < Inputs; column++)
            {
                double expected = updates.Sum(update => update.Weight / 100 * Product(update.Adapter, row, column));
                Assert.Equal(expected, Product(exact, row, column), 1e-6);
            }
        }
    }

    [Theory]
    [InlineData("1111", "1111", 0)]

    // Two texts of four gained, none lost: 2·√(2 − 4/4)/4.
    [InlineData("1111", "1100", 0.5)]

    // One gained, one lost: 2·√2/4.
    [InlineData("1011", "1101", 0.70710678)]
    public void The_margin_comes_from_the_texts_on_which_two_merges_disagree(string one, string other, double expected) => Assert.Equal(
        expected, MergeComparison.Margin([.. one.Select(letter => letter == '1')], [.. other.Select(letter => letter == '1')]), 1e-8);

    private static double Product(LoraAdapter adapter, int row, int column)
    {
        LoraFactors factors = adapter.Modules[Module];
        return adapter.Settings.Scale * Enumerable.Range(0, factors.Rank)
            .Sum(k => (double)factors.B.Values[(row * factors.Rank) + k] * factors.A.Values[(k * Inputs) + column]);
    }

    private static LoraAdapter Adapter(ulong seed)
    {
        var random = new SeededRandom(seed);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextGaussian())];
        return new LoraAdapter(
            Settings,
            [
                KeyValuePair.Create(
                    Module,
                    new LoraFactors(new Matrix(Rank, Inputs, Numbers(Rank * Inputs)), new Matrix(Outputs, Rank, Numbers(Outputs * Rank)))),
            ]);
    }
}
