using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>The rows of the edge-case table, each under the strategies that could stumble over it.</summary>
public sealed class EdgeCaseTests
{
    private const double Rounding = 1e-6;

    public static TheoryData<string, TruncationMethod> Ways
    {
        get
        {
            var ways = new TheoryData<string, TruncationMethod>();
            foreach (string strategy in new[] { "FedIT", "FloraNA", "OptimalRank", "Auto", "MomentTilt", "FedRot", "FedExLora" })
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
    public void All_B_zero_gives_no_error_and_factors_that_can_still_learn(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 4, rank: 3, inputs: 12, outputs: 10);
        updates = [.. updates.Select(u => With(u, a => a, b => 0))];

        foreach (Gauge gauge in Enum.GetValues<Gauge>())
        {
            AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { Method = method, Gauge = gauge }, broadcast, updates);

            LoraFactors factors = result.Global.Modules[Given.Module];
            Assert.Equal(0, DenseReference.Length(DenseReference.Product(factors)));
            Assert.Equal(0, result.Divergence.Used);
            // Where there is nothing to fit, scalars are the shares.
            double[] shares = [.. updates.Select(u => u.Weight / updates.Sum(other => other.Weight))];
            Assert.All(
                result.Modules[0].P.Zip(shares).Concat(result.Modules[0].Q.Zip(shares)),
                pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-12));
            AssertNoDeadDirection(factors);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Some_B_zero_is_only_less_to_add(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 6, rank: 3, inputs: 24, outputs: 20);
        updates[1] = With(updates[1], a => a, _ => 0);
        updates[4] = With(updates[4], a => a, _ => 0);

        AssertSound(strategy, method, broadcast, updates);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Identical_agents_give_back_what_each_sent(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 1, rank: 3, inputs: 24, outputs: 20);
        updates = [.. Enumerable.Range(0, 5).Select(u => updates[0] with { AgentId = $"{u}", Weight = 1 + u })];

        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { Method = method }, broadcast, updates);

        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        // Subspaces found in single precision carry 1e-5 of the smallest directions.
        Assert.InRange(DenseReference.Error(result.Global.Modules[Given.Module], ideal), 0, method == TruncationMethod.Qr ? Rounding : 1e-4);
        double[] share = [.. updates.Select(u => u.Weight / 15)];
        Assert.All(result.Modules[0].P.Zip(share), pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-3));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_agent_ten_thousand_times_larger_is_survived(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 24, outputs: 20);
        updates[2] = With(updates[2], a => a, b => 1e4f * b);

        AssertSound(strategy, method, broadcast, updates);
    }

    [Theory]
    [InlineData(1e-20f, 1f)]
    [InlineData(1e-30f, 1e-5f)]
    [InlineData(1e-5f, 1e-30f)]
    [InlineData(1e15f, 1e15f)]
    [InlineData(1e30f, 1e-30f)]
    public void Scales_far_from_one_change_nothing_but_the_scale(float scaleA, float scaleB)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 24, outputs: 20);
        Update[] scaled = [.. updates.Select(u => With(u, a => a * scaleA, b => b * scaleB))];
        LoraAdapter start = With(new Update("", 1, broadcast), a => a * scaleA, b => b * scaleB).Adapter;
        // The factors are rounded anew at each scale.
        const double Tolerance = 0.01;

        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            foreach (string strategy in new[] { "FedIT", "FloraNA", "OptimalRank" })
            {
                AggregationOptions options = Given.Options(strategy) with { Method = method };
                double expected = Aggregator.Aggregate(options, broadcast, updates).Divergence.Used;
                double actual = Aggregator.Aggregate(options, start, scaled).Divergence.Used;
                Assert.True(Math.Abs((actual / expected) - 1) < Tolerance, $"{strategy}, {method}: {actual} instead of {expected}");
            }
        }
    }

    [Fact]
    public void Denormal_factors_are_merged_to_what_digits_they_have()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 24, outputs: 20);
        updates = [.. updates.Select(u => With(u, a => a * 1e-41f, b => b))];

        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            AggregationResult result = Aggregator.Aggregate(Given.Options() with { Method = method }, broadcast, updates);
            // A value near 1e-42 is a multiple of 1.4e-45.
            Assert.InRange(result.Divergence.Used, 0, 0.2);
        }
    }

    [Fact]
    public void Agents_of_weight_zero_are_left_out_entirely()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 24, outputs: 20);
        Update[] zeroed = [.. updates.Select((u, i) => i == 3 ? u with { Weight = 0 } : u)];
        Update[] without = [.. updates.Where((_, i) => i != 3)];

        Assert.True(AggregatorTests.SameBits(
            Aggregator.Aggregate(Given.Options(), broadcast, zeroed).Global, Aggregator.Aggregate(Given.Options(), broadcast, without).Global));
    }

    [Fact]
    public void No_weight_at_all_is_refused()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 2, rank: 3, inputs: 24, outputs: 20);

        Assert.Throws<ArgumentException>(() => Aggregator.Aggregate(Given.Options(), broadcast, []));
        Assert.Throws<ArgumentException>(() => Aggregator.Aggregate(Given.Options(), broadcast, [.. updates.Select(u => u with { Weight = 0 })]));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_not_finite_are_refused(float value)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 2, rank: 3, inputs: 24, outputs: 20);
        updates[0].Adapter.Modules[Given.Module].A[2, 7] = value;

        Assert.Equal("agent-0000: A of module layer.0.query has a value that is not finite.", UpdateCheck.Refusal(broadcast, updates[0]));
    }

    [Fact]
    public void Missing_modules_and_wrong_shapes_are_refused_by_name()
    {
        LoraAdapter broadcast = Given.Adapter(("layer.0.query", Given.Factors(2, 9, 8, 1)), ("layer.0.value", Given.Factors(2, 9, 8, 2)));
        var part = new Update("a", 1, Given.Single(Given.Factors(2, 9, 8, 1)));
        var wrong = new Update("a", 1, Given.Adapter(("layer.0.query", Given.Factors(2, 9, 7, 1)), ("layer.0.value", Given.Factors(2, 9, 8, 2))));
        var weight = new Update("a", double.NaN, broadcast);

        Assert.Equal("a: module layer.0.value is in only one of the adapter and the broadcast adapter.", UpdateCheck.Refusal(broadcast, part));
        Assert.Equal("a: module layer.0.query is [7×9], expected [8×9].", UpdateCheck.Refusal(broadcast, wrong));
        Assert.Equal("a: the weight is NaN; it must be finite and not negative.", UpdateCheck.Refusal(broadcast, weight));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Updates_of_lower_rank_than_their_factors_leave_no_dead_direction(string strategy, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 4, inputs: 24, outputs: 20);
        // All products have the row space of one direction: T has rank 1.
        updates = [.. updates.Select(u => With(u, a => a, b => b))];
        foreach (Update update in updates)
        {
            Matrix b = update.Adapter.Modules[Given.Module].B;
            for (int o = 0; o < b.Rows; o++)
            {
                b.Row(o)[1..].Clear();
            }
        }

        foreach (Gauge gauge in Enum.GetValues<Gauge>())
        {
            AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { Method = method, Gauge = gauge }, broadcast, updates);
            AssertNoDeadDirection(result.Global.Modules[Given.Module]);
        }
    }

    private static void AssertSound(string strategy, TruncationMethod method, LoraAdapter broadcast, Update[] updates)
    {
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { Method = method }, broadcast, updates);

        double[,] used = DenseReference.Product(result.Global.Modules[Given.Module]);
        if (result.BaseDelta.TryGetValue(Given.Module, out LoraFactors? delta))
        {
            DenseReference.Add(used, DenseReference.Product(delta), 1);
        }

        double actual = DenseReference.Distance(used, ideal) / DenseReference.Length(ideal);
        // Single-precision methods know errors to 3e-4 and estimate small ones from sixteen probes, a few percent.
        double tolerance = method == TruncationMethod.Qr ? Rounding : 1e-3 + (0.15 * actual);
        Assert.Equal(actual, result.Divergence.Used, tolerance);
        if (strategy == "FloraNA")
        {
            Assert.InRange(actual, 0, result.Divergence.FedIt + tolerance);
        }
    }

    private static void AssertNoDeadDirection(LoraFactors factors)
    {
        double typical = Math.Sqrt(Sum(factors.A.Values) / factors.Rank);
        for (int r = 0; r < factors.Rank; r++)
        {
            Assert.True(Math.Sqrt(Sum(factors.A.Row(r))) > 1e-3 * typical, $"row {r} of A is dead");
        }
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    private static Update With(Update update, Func<float, float> a, Func<float, float> b)
    {
        LoraFactors factors = update.Adapter.Modules[Given.Module].Clone();
        foreach (ref float value in factors.A.Values)
        {
            value = a(value);
        }

        foreach (ref float value in factors.B.Values)
        {
            value = b(value);
        }

        return update with { Adapter = Given.Single(factors) };
    }
}
