using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests.Strategies;

public sealed class StrategyTests
{
    // Published factors are rounded to single precision, 2⁻²⁴ ≈ 6e-8 a value; a few of them add up in a product.
    private const double Rounding = 1e-6;

    [Fact]
    [Trait("Invariant", "5")]
    public void FedIT_is_exact_when_all_agents_share_A()
    {
        (LoraAdapter broadcast, Update[] updates) = Frozen(a: true);

        AggregationResult result = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates);

        Assert.InRange(ErrorOf(result, broadcast, updates), 0, Rounding);
        Assert.InRange(result.Divergence.Used, 0, Rounding);
    }

    [Theory]
    [InlineData("FfaLora", 1, true)]
    [InlineData("RoLora", 1, true)]
    [InlineData("RoLora", 2, false)]
    [InlineData("FedSvd", 1, true)]
    [InlineData("FedSaLora", 1, false)]
    public void Freezing_strategies_are_exact_and_keep_the_frozen_factor(string strategy, int round, bool frozenA)
    {
        (LoraAdapter broadcast, Update[] updates) = Frozen(frozenA);

        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates, round);

        Assert.InRange(ErrorOf(result, broadcast, updates), 0, Rounding);
        if (strategy != "FedSvd")
        {
            LoraFactors before = broadcast.Modules[Given.Module];
            LoraFactors after = result.Global.Modules[Given.Module];
            Assert.True(frozenA ? after.A.Values.SequenceEqual(before.A.Values) : after.B.Values.SequenceEqual(before.B.Values));
        }
    }

    [Theory]
    [InlineData("FfaLora", 1, "A")]
    [InlineData("RoLora", 2, "B")]
    [InlineData("FedSaLora", 1, "B")]
    public void An_agent_that_trained_a_frozen_factor_is_named(string strategy, int round, string factor)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 10, outputs: 8);

        ArgumentException refusal = Assert.ThrowsAny<ArgumentException>(
            () => Aggregator.Aggregate(Given.Options(strategy), broadcast, updates, round));

        Assert.Equal($"agent-0000 changed {factor} of module layer.0.query, which {strategy} froze in round {round}.", refusal.Message);
    }

    [Fact]
    public void RoLora_alternates_what_it_asks_of_training()
    {
        Assert.Equal(new TaskNeeds(TrainA: false), StrategyRegistry.NeedsOf("RoLora", 1));
        Assert.Equal(new TaskNeeds(TrainB: false), StrategyRegistry.NeedsOf("RoLora", 2));
    }

    [Fact]
    public void Needs_follow_the_module_and_its_strategy()
    {
        AggregationOptions options =
            Given.Options("FedIT") with { ModuleStrategies = [new ModuleStrategy("*.value", "floraSTACK"), new ModuleStrategy("*.key", "FedSvd")] };

        Assert.Equal(["FedIT", "FedSvd", "FloraStack"], options.StrategyNames());
        Assert.Equal(new TaskNeeds(), options.NeedsOf("layer.0.query", 1));
        Assert.Equal(new TaskNeeds(FoldsIntoBase: true, NewBasis: true), options.NeedsOf("layer.0.value", 1));
        Assert.Equal(new TaskNeeds(TrainA: false, NewBasis: true), options.NeedsOf("layer.0.key", 2));
    }

    [Fact]
    public void FedSvd_publishes_an_orthonormal_A()
    {
        (LoraAdapter broadcast, Update[] updates) = Frozen(a: true);

        Matrix a = Aggregator.Aggregate(Given.Options("FedSvd"), broadcast, updates).Global.Modules[Given.Module].A;

        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < a.Rows; j++)
            {
                double product = 0;
                for (int k = 0; k < a.Columns; k++)
                {
                    product += (double)a[i, k] * a[j, k];
                }

                Assert.Equal(i == j ? 1 : 0, product, tolerance: Rounding);
            }
        }
    }

    [Theory]
    [InlineData("FloraStack", 0)]
    [InlineData("FedExLora", 0)]
    public void Folding_strategies_lose_nothing(string strategy, int residualRank)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 20, outputs: 16);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy) with { ResidualRank = residualRank }, broadcast, updates);

        double[,] sum = DenseReference.Product(result.Global.Modules[Given.Module]);
        DenseReference.Add(sum, DenseReference.Product(result.BaseDelta[Given.Module]), 1);
        Assert.InRange(DenseReference.Distance(sum, ideal) / DenseReference.Length(ideal), 0, Rounding);
    }

    [Theory]
    [InlineData(TruncationMethod.Qr, Rounding)]
    [InlineData(TruncationMethod.Dense, 1e-3)] // subspaces found in single precision
    [InlineData(TruncationMethod.Randomised, 1e-3)]
    public void FedExLora_with_a_residual_rank_reaches_the_bound_of_both_ranks_together(TruncationMethod method, double tolerance)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 6, rank: 3, inputs: 20, outputs: 16);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        AggregationOptions options = Given.Options("FedExLora") with { ResidualRank = 4, Method = method };

        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);

        double[,] sum = DenseReference.Product(result.Global.Modules[Given.Module]);
        DenseReference.Add(sum, DenseReference.Product(result.BaseDelta[Given.Module]), 1);
        double bound = DenseReference.Bound(ideal, 7);
        Assert.Equal(bound, DenseReference.Distance(sum, ideal) / DenseReference.Length(ideal), tolerance);
        Assert.Equal(bound, result.Divergence.Used, tolerance);
    }

    [Fact]
    [Trait("Invariant", "6")]
    public void MomentTilt_is_exact_for_agents_on_one_path_with_different_step_sizes()
    {
        LoraFactors step = Given.Factors(rank: 3, inputs: 14, outputs: 11, seed: 5);
        LoraFactors start = new(Given.Factors(rank: 3, inputs: 14, outputs: 11, seed: 6).A, new Matrix(11, 3));
        double[] sizes = [0.5, 1, 2, 4];
        Update[] updates = [.. sizes.Select((size, u) => new Update($"{u}", 10 + u, Given.Single(new LoraFactors(Along(start.A, step.A, 0.1 * size), Along(start.B, step.B, size)))))];
        LoraAdapter broadcast = Given.Single(start);

        double tilted = ErrorOf(Aggregator.Aggregate(Given.Options("MomentTilt"), broadcast, updates), broadcast, updates);
        double averaged = ErrorOf(Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates), broadcast, updates);

        Assert.InRange(tilted, 0, Rounding);
        Assert.True(averaged > 0.01, $"{averaged}");
    }

    [Fact]
    public void FedRot_undoes_rotations_that_spoil_an_average()
    {
        LoraFactors common = Given.Factors(rank: 2, inputs: 12, outputs: 10, seed: 8);
        LoraAdapter broadcast = Given.Single(common);
        Update[] updates = [.. new[] { 0.0, 1.0, 2.5 }.Select((angle, u) => new Update($"{u}", 1, Given.Single(Rotated(common, angle))))];

        Assert.InRange(ErrorOf(Aggregator.Aggregate(Given.Options("FedRot"), broadcast, updates), broadcast, updates), 0, Rounding);
    }

    [Fact]
    public void PaperLiteral_ends_between_the_start_and_least_squares()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 8, rank: 4, inputs: 40, outputs: 36);

        double adam = Aggregator.Aggregate(Given.Options() with { PaperLiteral = true }, broadcast, updates).Divergence.Used;
        DivergenceSummary squares = Aggregator.Aggregate(Given.Options(), broadcast, updates).Divergence;

        // 200 steps of Adam end within about 1 % of least squares in the design's table.
        Assert.InRange(adam, squares.Used - Rounding, 1.05 * squares.Used);
        Assert.True(adam < squares.FedIt);
    }

    [Fact]
    public void Auto_takes_the_optimal_product_where_scalars_are_not_enough()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 4, inputs: 40, outputs: 36, drift: 3);
        ModuleReport report = Aggregator.Aggregate(Given.Options("Auto"), broadcast, updates).Modules[0];
        Assert.True(report.ErrFloraNa > 1.05 * report.ErrBound, $"{report.ErrFloraNa} {report.ErrBound}");
        Assert.Equal(report.ErrBound, report.ErrUsed, tolerance: Rounding);

        (broadcast, updates) = Given.Round(agents: 5, rank: 4, inputs: 40, outputs: 36, drift: 0);
        LoraAdapter scalars = Aggregator.Aggregate(Given.Options(), broadcast, updates).Global;
        Assert.True(AggregatorTests.SameBits(scalars, Aggregator.Aggregate(Given.Options("Auto"), broadcast, updates).Global));
    }

    [Fact]
    public void FlexLora_merges_any_ranks_and_reads_out_the_best_part_for_each()
    {
        LoraAdapter broadcast = Given.Single(Given.Factors(rank: 8, inputs: 24, outputs: 20, seed: 1));
        int[] ranks = [2, 4, 8, 12];
        Update[] updates = [.. ranks.Select(
            (rank, u) => new Update($"{u}", 1 + u, Given.Single(Given.Factors(rank, 24, 20, seed: (ulong)(10 + u)))))];
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        LoraAdapter global = Aggregator.Aggregate(Given.Options("FlexLora"), broadcast, updates).Global;
        LoraAdapter part = RankReadOut.Of(global, rank: 3, Gauge.Balanced);

        Assert.Equal(DenseReference.Bound(ideal, 8), DenseReference.Error(global.Modules[Given.Module], ideal), tolerance: Rounding);
        Assert.Equal(DenseReference.Bound(ideal, 3), DenseReference.Error(part.Modules[Given.Module], ideal), tolerance: Rounding);
        Assert.Equal(global.Settings.Scale, part.Settings.Scale, tolerance: 1e-12);
    }

    [Fact]
    public void Lower_ranks_count_as_padded_with_zeros_and_higher_ones_are_refused_where_factors_are_combined()
    {
        LoraAdapter broadcast = Given.Single(Given.Factors(rank: 4, inputs: 24, outputs: 20, seed: 1));
        Update[] updates = [.. new[] { 2, 4, 3 }.Select(
            (rank, u) => new Update($"{u}", 1 + u, Given.Single(Given.Factors(rank, 24, 20, seed: (ulong)(10 + u)))))];

        AggregationResult result = Aggregator.Aggregate(Given.Options(), broadcast, updates);
        Assert.InRange(result.Divergence.FloraNa!.Value, result.Divergence.Bound, result.Divergence.FedIt);
        Assert.Equal(ErrorOf(result, broadcast, updates), result.Divergence.Used, tolerance: Rounding);

        Update[] higher = [.. updates, new Update("big", 1, Given.Single(Given.Factors(6, 24, 20, seed: 20)))];
        ArgumentException refusal = Assert.ThrowsAny<ArgumentException>(() => Aggregator.Aggregate(Given.Options(), broadcast, higher));
        Assert.StartsWith(
            "big has rank 6 in module layer.0.query, above the result's rank 4; FloraNA combines factors", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Strategies_are_chosen_by_module_pattern()
    {
        LoraAdapter broadcast = Given.Adapter(("layer.0.query", Given.Factors(2, 9, 8, 1)), ("layer.0.value", Given.Factors(2, 9, 8, 2)));
        Update[] updates = [.. Enumerable.Range(0, 3).Select(u => new Update($"{u}", 1, Given.Adapter(
            ("layer.0.query", Given.Factors(2, 9, 8, (ulong)(20 + u))), ("layer.0.value", Given.Factors(2, 9, 8, (ulong)(30 + u))))))];

        AggregationOptions options = Given.Options() with { ModuleStrategies = [new ModuleStrategy("*.value", "OptimalRank")] };
        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);

        Assert.Equal(["FloraNA", "OptimalRank"], result.Modules.Select(m => m.Strategy));
    }

    private static double ErrorOf(AggregationResult result, LoraAdapter broadcast, Update[] updates) =>
        DenseReference.Error(result.Global.Modules[Given.Module], DenseReference.Ideal(broadcast, updates, Given.Module));

    // Agents that trained one factor and left the other as broadcast.
    private static (LoraAdapter Broadcast, Update[] Updates) Frozen(bool a)
    {
        LoraFactors start = Given.Factors(rank: 4, inputs: 26, outputs: 22, seed: 1);
        Update[] updates = [.. Enumerable.Range(0, 5).Select(u =>
        {
            LoraFactors trained = Given.Factors(rank: 4, inputs: 26, outputs: 22, seed: (ulong)(100 + u));
            return new Update($"{u}", 5 + u, Given.Single(a ? new LoraFactors(start.A, trained.B) : new LoraFactors(trained.A, start.B)));
        })];
        return (Given.Single(start), updates);
    }

    private static Matrix Along(Matrix start, Matrix step, double size)
    {
        Matrix result = start.Clone();
        for (int i = 0; i < result.Values.Length; i++)
        {
            result.Values[i] += (float)(size * step.Values[i]);
        }

        return result;
    }

    internal static LoraFactors Rotated(LoraFactors factors, double angle)
    {
        Matrix a = factors.A.Clone();
        Matrix b = factors.B.Clone();
        (double sine, double cosine) = Math.SinCos(angle);
        for (int k = 0; k < a.Columns; k++)
        {
            (a[0, k], a[1, k]) = ((float)((cosine * a[0, k]) - (sine * a[1, k])), (float)((sine * a[0, k]) + (cosine * a[1, k])));
        }

        for (int o = 0; o < b.Rows; o++)
        {
            (b[o, 0], b[o, 1]) = ((float)((cosine * b[o, 0]) - (sine * b[o, 1])), (float)((sine * b[o, 0]) + (cosine * b[o, 1])));
        }

        return new LoraFactors(a, b);
    }
}
