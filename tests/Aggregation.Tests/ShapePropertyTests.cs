using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>
/// Every strategy at every small shape, from one agent, one direction, one input and one output on, and with unequal ranks: reports must be what a
/// dense judge finds.
/// </summary>
public sealed class ShapePropertyTests
{
    public static TheoryData<string, TruncationMethod> Ways
    {
        get
        {
            var ways = new TheoryData<string, TruncationMethod>();
            foreach (string strategy in StrategyRegistry.Names)
            {
                foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
                {
                    ways.Add(strategy, method);
                }
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Reports_tell_the_truth_at_every_shape(string strategy, TruncationMethod method)
    {
        foreach (int agents in new[] { 1, 2, 5 })
        {
            foreach (int rank in new[] { 1, 2, 4 })
            {
                foreach (int inputs in new[] { 1, 2, 3, 17 })
                {
                    foreach (int outputs in new[] { 1, 2, 5, 16 })
                    {
                        (LoraAdapter broadcast, Update[] updates) = Given.Round(
                            agents, rank, inputs, outputs, drift: 2, seed: (ulong)(inputs + (20 * outputs)));
                        AssertTrue(
                            strategy,
                            method,
                            broadcast,
                            Given.Obedient(strategy, broadcast, updates),
                            $"{agents} agents, rank {rank}, [{outputs}×{inputs}]");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Reports_tell_the_truth_for_unequal_ranks(string strategy, TruncationMethod method)
    {
        if (!StrategyRegistry.NeedsOf(strategy, 1).TrainA || StrategyRegistry.NeedsOf(strategy, 1).KeepB)
        {
            return; // a frozen factor has the broadcast rank
        }

        var random = new SeededRandom(3);
        for (int turn = 0; turn < 8; turn++)
        {
            int rank = 1 + random.NextInt(6);
            int inputs = 1 + random.NextInt(30);
            int outputs = 1 + random.NextInt(30);
            LoraAdapter broadcast = Given.Single(Given.Factors(rank, inputs, outputs, seed: (ulong)turn));
            Update[] updates =
            [
                .. Enumerable.Range(0, 4).Select(u => new Update(
                    $"agent-{u}",
                    1 + u,
                    Given.Single(Given.Factors(1 + random.NextInt(rank), inputs, outputs, seed: (ulong)((10 * turn) + u + 100))))),
            ];

            AssertTrue(strategy, method, broadcast, updates, $"turn {turn}: rank {rank}, [{outputs}×{inputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Factors_of_one_value_or_of_repeated_rows_are_merged(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 4, rank: 3, inputs: 20, outputs: 18);
        Update[] obedient = Given.Obedient(strategy, broadcast, updates);
        TaskNeeds needs = StrategyRegistry.NeedsOf(strategy, 1);
        foreach (bool constant in new[] { true, false })
        {
            Update[] changed =
            [
                .. obedient.Select((update, u) =>
                {
                    LoraFactors factors = update.Adapter.Modules[Given.Module].Clone();
                    if (needs.TrainA)
                    {
                        Flatten(factors.A.Values, factors.Inputs, constant, 0.1f * (u + 1));
                    }

                    if (needs.TrainB && !needs.KeepB)
                    {
                        Flatten(factors.B.Values, factors.Rank, constant, 0.2f);
                    }

                    return update with { Adapter = Given.Single(factors) };
                }),
            ];

            AssertTrue(strategy, method, broadcast, changed, constant ? "all values equal" : "all rows equal");
        }
    }

    private static void AssertTrue(string strategy, TruncationMethod method, LoraAdapter broadcast, Update[] updates, string where)
    {
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { Method = method }, broadcast, updates);
        ModuleReport report = result.Modules[0];
        double[,] product = DenseReference.Product(result.Global.Modules[Given.Module]);
        if (result.BaseDelta.TryGetValue(Given.Module, out LoraFactors? delta))
        {
            DenseReference.Add(product, DenseReference.Product(delta), 1);
        }

        double length = DenseReference.Length(ideal);
        double error = length > 0 ? DenseReference.Distance(product, ideal) / length : DenseReference.Length(product);
        // Products in single precision know errors to 3e-4 of what cancels in them, which at such small shapes is several times what is left.
        double tolerance = method == TruncationMethod.Qr ? 1e-6 : 5e-3;
        Assert.True(Math.Abs(error - report.ErrUsed) <= tolerance, $"{where}: the error is {error}, reported {report.ErrUsed}");
        double bound = DenseReference.Bound(ideal, report.Rank);
        Assert.True(Math.Abs(bound - report.ErrBound) <= tolerance, $"{where}: the bound is {bound}, reported {report.ErrBound}");
        if (report.ErrFloraNa is { } floraNa)
        {
            Assert.True(floraNa <= report.ErrFedIt + tolerance, $"{where}: FloraNA {floraNa}, FedIT {report.ErrFedIt}");
            Assert.True(floraNa >= DenseReference.Bound(ideal, broadcast.Settings.Rank) - tolerance, $"{where}: FloraNA {floraNa} below the bound");
        }

        if (strategy is "OptimalRank" or "FlexLora")
        {
            Assert.True(error <= bound + tolerance, $"{where}: {error} above the bound {bound}");
        }

        if (strategy is "FloraStack" or "FedExLora" or "FfaLora" or "RoLora" or "FedSvd" or "FedSaLora" || updates.Length == 1)
        {
            Assert.True(error <= 1e-5, $"{where}: {error}, where nothing is lost");
        }
    }

    private static void Flatten(Span<float> values, int width, bool constant, float value)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = constant ? value : values[i % width];
        }
    }
}
