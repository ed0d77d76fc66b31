using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>Factors at the ends of single precision: every strategy gives what a dense judge in double precision finds, or refuses by name.</summary>
public sealed class ScaleTests
{
    // 1.3e30: times a power of two factors keep every bit, so results must be the same at another scale.
    private const float Huge = 1L << 50;

    private static readonly float Large = Huge * Huge;

    private static readonly float Small = 1 / Large;

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
    public void All_factors_at_another_scale_give_the_same_errors(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Round(strategy);
        (float A, float B)[] scales = [(Large, Large), (Small, Small), (Large, Small), (Small, Large), (1, Large), (Small, 1)];
        foreach (Gauge gauge in Enum.GetValues<Gauge>())
        {
            AggregationOptions options = Given.Options(strategy) with { Method = method, Gauge = gauge };
            double expected = Judged(options, broadcast, updates);
            foreach ((float a, float b) in scales)
            {
                Update[] scaled = [.. updates.Select(update => Given.Times(update, a, b))];
                LoraAdapter start = Given.Times(broadcast, a, b);
                if (strategy == "FedSvd" && a * b is 0 or > 1e38f)
                {
                    // Its A is orthonormal by definition, so B alone carries a size that single precision has no place for.
                    AssertRefused(() => Judged(options, start, scaled));
                    continue;
                }

                // Steps of iterations end where they gain little, which another rounding moves by far less than a thousandth.
                Assert.Equal(expected, Judged(options, start, scaled), tolerance: 1e-3 * (expected + 1e-3));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void One_agent_far_larger_or_smaller_than_all_others_is_merged_or_refused_by_name(string strategy, TruncationMethod method)
    {
        (float A, float B)[] scales =
            [(1, Large), (Large, 1), (Large, Large), (1, Small), (Small, 1), (Small, Small), (Large, Small), (Small, Large)];
        foreach ((float a, float b) in scales)
        {
            (LoraAdapter broadcast, Update[] updates) = Round(strategy);
            updates[2] = Given.Times(updates[2], a, b);
            TaskNeeds needs = StrategyRegistry.NeedsOf(strategy, 1);
            AggregationOptions options = Given.Options(strategy) with { Method = method };
            if (!needs.TrainA && a != 1)
            {
                AssertRefused(() => Judged(options, broadcast, updates));
                continue;
            }

            double error = Judged(options, broadcast, updates);
            double bound = DenseReference.Bound(DenseReference.Ideal(broadcast, updates, Given.Module), 3);
            if (strategy is "OptimalRank" or "FlexLora" or "FloraStack" or "FedExLora")
            {
                Assert.InRange(error, 0, (1.005 * bound) + 1e-4);
            }
        }
    }

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    [InlineData("Auto")]
    [InlineData("FlexLora")]
    public void A_hostile_agent_at_the_end_of_single_precision_is_clipped_like_any_other(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Round(strategy);
        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            AggregationOptions options = Given.Options(strategy) with { Method = method, ClipFactor = 3 };
            double[,] expected = With(1, 1024);

            foreach (float size in new[] { 1024 * 1024f, Large })
            {
                // B₀ is zero, so the clipped change is the same whatever its size was.
                double[,] actual = With(1, size);
                Assert.InRange(
                    DenseReference.Distance(expected, actual) / DenseReference.Length(expected), 0, strategy is "FedIT" or "OptimalRank" ? 1e-3 : 1);
            }

            double[,] With(float a, float b)
            {
                Update[] hostile = [.. updates];
                hostile[2] = Given.Times(hostile[2], a, b);
                AggregationResult result = Aggregator.Aggregate(options, broadcast, hostile);
                Assert.InRange(result.Weights[2].Clip, 0, 10 / b);
                return DenseReference.Product(result.Global.Modules[Given.Module]);
            }
        }
    }

    [Theory]
    [InlineData(36, 16, 36)] // too many directions for pairwise blocks
    [InlineData(36, 16, 8)] // not held at once
    [InlineData(1030, 2, 1030)] // too many agents for H
    public void FLoRA_NAs_equations_hold_at_every_scale(int agents, int rank, int batch)
    {
        (_, Update[] updates) = Given.Round(agents, rank, inputs: 40, outputs: 36);
        (double expected, _) = Merged(updates, batch);

        foreach ((float a, float b) in new[] { (Large, Large), (Small, Small), (Large, Small) })
        {
            (double error, double reported) = Merged([.. updates.Select(update => Given.Times(update, a, b))], batch);
            Assert.Equal(expected, error, tolerance: 1e-3);
            Assert.Equal(error, reported, tolerance: 1e-3);
        }

        foreach ((float a, float b) in new[] { (1, Large), (Large, 1), (Small, Large), (Large, Small) })
        {
            Update[] mixed = [.. updates];
            mixed[2] = Given.Times(mixed[2], a, b);
            if (agents > 1024 && a > 1 && b < 1)
            {
                // With more agents than dimensions the others' factors can cancel the odd one's, with scalars as large as it is: there is no such
                // result.
                Assert.StartsWith(
                    "agent-0002: FloraNA's result of module layer.0.query is too large for single precision",
                    Assert.ThrowsAny<ArgumentException>(() => Merged(mixed, batch)).Message, StringComparison.Ordinal);
                continue;
            }

            (double error, double reported) = Merged(mixed, batch);
            // No scalars at all have an error of 1; averages of factors this far apart 1e29.
            Assert.InRange(error, 0, 1.001);
            Assert.Equal(error, reported, tolerance: 0.02);
        }
    }

    [Theory]
    [InlineData(TruncationMethod.Randomised)]
    [InlineData(TruncationMethod.Dense)]
    public void Directions_beyond_the_broadcast_rank_count_as_any_other(TruncationMethod method)
    {
        LoraAdapter broadcast = Given.Single(Given.Factors(2, 40, 36, seed: 1));
        Update[] updates = [.. Enumerable.Range(0, 6).Select(
            u => new Update($"agent-{u}", 1 + u, Given.Single(Given.Factors(4, 40, 36, seed: (ulong)u + 10))))];
        foreach (Update update in updates)
        {
            LoraFactors factors = update.Adapter.Modules[Given.Module];
            factors.A.Values[..(2 * 40)].Clear();
            foreach (ref float value in factors.A.Values[(2 * 40)..])
            {
                value *= Large;
            }
        }

        double error = Judged(Given.Options("FlexLora") with { Method = method }, broadcast, updates);

        Assert.Equal(DenseReference.Bound(DenseReference.Ideal(broadcast, updates, Given.Module), 2), error, tolerance: 1e-3);
    }

    [Theory]
    [InlineData(3e38f)]
    [InlineData(-3e38f)]
    public void The_largest_values_there_are_do_not_escape_clipping(float value)
    {
        (LoraAdapter broadcast, Update[] updates) = Round("FedIT");
        Matrix b = updates[2].Adapter.Modules[Given.Module].B;
        b.Values.Fill(value);
        broadcast.Modules[Given.Module].B.Values.Fill(-value);

        AggregationResult result = Aggregator.Aggregate(
            Given.Options("OptimalRank") with { ClipFactor = 3 }, Given.Single(Given.Factors(3, 40, 36, 9)), updates);

        Assert.InRange(result.Weights[2].Clip, 0, 1e-36);
        Assert.True(double.IsFinite(result.Divergence.Used) && result.Divergence.Used < 1, $"{result.Divergence.Used}");
        double apart = ProductGeometryOf(updates[2].Adapter, broadcast);
        Assert.InRange(apart, 1e38, 1e300);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Denormal_factors_are_merged_to_what_digits_they_have(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Round(strategy);
        foreach ((float a, float b) in new[] { (1e-41f, 1f), (1f, 1e-41f) })
        {
            Update[] tiny = [.. updates.Select(update => Given.Times(update, a, b))];

            // Values near 1e-42 are multiples of 1.4e-45, and what is published is rounded so too.
            Judged(Given.Options(strategy) with { Method = method }, Given.Times(broadcast, a, b), tiny, published: 0.05);
        }
    }

    [Fact]
    public void A_mean_beyond_single_precision_is_refused_with_agent_and_module()
    {
        (LoraAdapter broadcast, Update[] updates) = Round("FedIT");
        updates[1].Adapter.Modules[Given.Module].B.Values.Fill(3e38f);
        LoraAdapter scaled = new(updates[1].Adapter.Settings with { Alpha = 600 }, updates[1].Adapter.Modules);
        updates[1] = updates[1] with { Adapter = scaled };

        foreach (string strategy in new[] { "FedIT", "FloraNA", "OptimalRank" })
        {
            string message = Assert.ThrowsAny<ArgumentException>(() => Aggregator.Aggregate(Given.Options(strategy), broadcast, updates)).Message;
            Assert.StartsWith("agent-0001: the mean of module layer.0.query is too large for single precision", message, StringComparison.Ordinal);
        }
    }

    // Without a broadcast adapter, whose gauge could be gone by.
    private static (double Error, double Reported) Merged(Update[] updates, int batch)
    {
        LoraFactors[] factors = [.. updates.Select(update => update.Adapter.Modules[Given.Module])];
        var nothing = new LoraFactors(new Matrix(factors[0].Rank, 40), new Matrix(36, factors[0].Rank));
        double total = updates.Sum(update => update.Weight);
        UpdateTerm[] terms = [.. updates.Select(update => new UpdateTerm(update.AgentId, update.Weight / total, 1))];
        AggregationOptions options = Given.Options() with { Method = TruncationMethod.Randomised, Threads = 2 };

        ModuleAggregation merged = ModuleAggregation.Of(Given.Module, nothing, new SmallBatches(factors, batch), terms, round: 1, options);

        return (DenseReference.Error(merged.Factors, DenseReference.Ideal(Given.Single(nothing), updates, Given.Module)), merged.Report.ErrUsed);
    }

    private static (LoraAdapter Broadcast, Update[] Updates) Round(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 6, rank: 3, inputs: 40, outputs: 36);
        return (broadcast, Given.Obedient(strategy, broadcast, updates));
    }

    // The error of what was published, by the judge, after making sure that the report says the same.
    private static double Judged(AggregationOptions options, LoraAdapter broadcast, Update[] updates, double published = 0)
    {
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);
        double[,] product = DenseReference.Product(result.Global.Modules[Given.Module]);
        if (result.BaseDelta.TryGetValue(Given.Module, out LoraFactors? delta))
        {
            DenseReference.Add(product, DenseReference.Product(delta), 1);
        }

        double length = DenseReference.Length(ideal);
        double error = length > 0 ? DenseReference.Distance(product, ideal) / length : DenseReference.Length(product);
        // Single-precision methods know errors to 3e-4 and estimate small ones from sixteen probes, a few percent.
        double tolerance = published + (options.Method == TruncationMethod.Qr ? 1e-6 * (1 + error) : 1e-3 + (0.15 * error));
        Assert.Equal(error, result.Divergence.Used, tolerance);
        Assert.All(
            result.Modules,
            module => Assert.True(double.IsFinite(module.ErrFedIt) && double.IsFinite(module.ErrBound) && double.IsFinite(module.ErrMargin)));
        return error;
    }

    private static double ProductGeometryOf(LoraAdapter x, LoraAdapter y) => UpdateNorms.OfChange(y, x).Products;

    private static void AssertRefused(Action merge)
    {
        string message = Assert.ThrowsAny<ArgumentException>(merge).Message;
        Assert.DoesNotContain('\n', message);
        Assert.StartsWith("agent-000", message, StringComparison.Ordinal);
        Assert.Contains("module layer.0.query", message, StringComparison.Ordinal);
    }
}
