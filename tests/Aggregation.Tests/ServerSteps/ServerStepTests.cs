using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.ServerSteps;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests.ServerSteps;

/// <summary>Every server step against whole matrices in double precision.</summary>
public sealed class ServerStepTests
{
    private const int Outputs = 7;
    private const int Inputs = 6;
    private const string Head = "classifier.weight";
    private const double Rounding = 2e-5;

    [Theory]
    [InlineData(ServerStep.Momentum, "FedIT")]
    [InlineData(ServerStep.Momentum, "FloraNA")]
    [InlineData(ServerStep.Momentum, "OptimalRank")]
    [InlineData(ServerStep.FedAdam, "FedIT")]
    [InlineData(ServerStep.FedAdam, "OptimalRank")]
    [InlineData(ServerStep.FedYogi, "FloraNA")]
    [InlineData(ServerStep.FedYogi, "FlexLora")]
    public void Three_rounds_are_those_of_whole_matrices(ServerStep step, string strategy)
    {
        AggregationOptions options = Given.Options(strategy) with { ServerStep = step, Momentum = 0.6, ServerRate = 0.3, SecondMoment = 0.8 };
        LoraAdapter global = Adapter(1, rank: 6);
        var judge = new DenseServer(options, global.Settings.Scale);
        ServerState? state = null;
        for (int round = 1; round <= 3; round++)
        {
            Update[] updates = [new("a", 1, Adapter((ulong)(10 * round), 6)), new("b", 3, Adapter((ulong)(10 * round) + 1, 6))];
            LoraAdapter meant = Aggregator.Aggregate(Plain(options), global, updates, round).Global;
            double[,] expected = judge.Step(Product(global), Product(meant));
            double[] head = judge.StepHead(global.Saved[Head].Values, meant.Saved[Head].Values);

            AggregationResult result = Aggregator.Aggregate(options, global, updates, round, state);

            (global, state) = (result.Global, result.State);
            Assert.InRange(DenseReference.Error(global.Modules[Given.Module], expected), 0, Rounding);
            Assert.All(global.Saved[Head].Values.Zip(head), pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-5));
        }
    }

    [Theory]
    [InlineData(ServerStep.Momentum)]
    [InlineData(ServerStep.FedAdam)]
    [InlineData(ServerStep.FedYogi)]
    public void At_a_low_rank_what_is_published_is_the_nearest_there_is(ServerStep step)
    {
        AggregationOptions options = Given.Options("FedIT") with { ServerStep = step, Momentum = 0.5, ServerRate = 0.7 };
        LoraAdapter broadcast = Adapter(1, rank: 2);
        Update[] updates = [new("a", 1, Adapter(2, 2)), new("b", 2, Adapter(3, 2))];
        LoraAdapter meant = Aggregator.Aggregate(Plain(options), broadcast, updates).Global;
        double[,] target = new DenseServer(options, broadcast.Settings.Scale).Step(Product(broadcast), Product(meant));

        LoraAdapter global = Aggregator.Aggregate(options, broadcast, updates).Global;

        double bound = DenseReference.Bound(target, 2);
        Assert.InRange(bound, 0.01, 1);
        Assert.Equal(bound, DenseReference.Error(global.Modules[Given.Module], target), tolerance: 1e-5);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    [InlineData(2, 4)]
    public void FedExP_finds_the_length_of_whole_matrices_whatever_the_ranks(int rank, int rankOfAgents)
    {
        AggregationOptions options = Given.Options("OptimalRank") with { ServerStep = ServerStep.FedExp, ServerEpsilon = 0.01 };
        // Short beside the updates, which would all lead away from it alike otherwise.
        LoraAdapter broadcast = Adapter(1, rank);
        TensorPrimitives.Multiply(broadcast.Modules[Given.Module].B.Values, 0.1f, broadcast.Modules[Given.Module].B.Values);
        TensorPrimitives.Multiply(broadcast.Saved[Head].Values, 0.1f, broadcast.Saved[Head].Values);
        Update[] updates = [.. Enumerable.Range(0, 5).Select(u => new Update($"agent-{u}", 1 + u, Adapter((ulong)(20 + u), rankOfAgents)))];

        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);

        double expected = DenseServer.FedExP(broadcast, updates, 0.01);
        Assert.InRange(expected, 1.01, 10);
        Assert.Equal(expected, result.ServerRate, tolerance: 1e-5 * expected);
    }

    [Fact]
    public void FedExP_publishes_the_mean_as_long_as_it_says()
    {
        AggregationOptions options = Given.Options("OptimalRank") with { ServerStep = ServerStep.FedExp };
        LoraAdapter broadcast = Adapter(1, rank: 6);
        Update[] updates = [.. Enumerable.Range(0, 4).Select(u => new Update($"agent-{u}", 1, Adapter((ulong)(30 + u), 6)))];

        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);

        double[,] expected = Product(broadcast);
        DenseReference.Add(expected, Product(broadcast), -result.ServerRate);
        DenseReference.Add(expected, DenseReference.Ideal(broadcast, updates, Given.Module), result.ServerRate);
        Assert.InRange(DenseReference.Error(result.Global.Modules[Given.Module], expected), 0, Rounding);
    }

    /// <summary>A rule against hostile agents and clipping decide first what counts.</summary>
    [Theory]
    [InlineData(RobustRule.MultiKrum)]
    [InlineData(RobustRule.GeometricMedian)]
    public void FedExP_looks_at_what_a_robust_rule_lets_through(RobustRule rule)
    {
        AggregationOptions options = Given.Options("OptimalRank") with { ServerStep = ServerStep.FedExp, Robust = rule, ClipFactor = 1.5 };
        LoraAdapter broadcast = Adapter(1, rank: 3);
        Update[] updates = [.. Enumerable.Range(0, 6).Select(u => new Update($"agent-{u}", 1, Adapter((ulong)(60 + u), 3)))];
        updates[5] = updates[5] with { Adapter = Longer(updates[5].Adapter, 30) };

        AggregationResult result = Aggregator.Aggregate(options, broadcast, updates);

        Assert.Equal(DenseServer.FedExP(broadcast, updates, result.Weights, options.ServerEpsilon), result.ServerRate, tolerance: 1e-4);
        Assert.InRange(result.Weights[5].Share * result.Weights[5].Clip, 0, 0.05);
    }

    [Fact]
    public void A_report_says_how_long_the_rounds_own_step_was()
    {
        LoraAdapter broadcast = Adapter(1, rank: 3);
        Update[] updates = [new("a", 1, Adapter(2, 3)), new("b", 3, Adapter(3, 3))];

        ModuleReport report = Assert.Single(Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Modules);

        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        Assert.Equal(DenseReference.Length(ideal), report.UpdateNorm, tolerance: 1e-5);
        Assert.Equal(DenseReference.Distance(ideal, Product(broadcast)), report.StepNorm!.Value, tolerance: 1e-5);
    }

    [Fact]
    public void FedExP_takes_no_longer_step_where_all_agree()
    {
        LoraAdapter moved = Adapter(2, rank: 3);

        AggregationResult result = Aggregator.Aggregate(
            Given.Options("FedIT") with { ServerStep = ServerStep.FedExp }, Adapter(1, 3), [new("a", 1, moved), new("b", 5, moved)]);

        Assert.Equal(1, result.ServerRate);
    }

    [Fact]
    public void A_small_change_of_large_factors_keeps_its_digits()
    {
        LoraAdapter broadcast = Adapter(1, rank: 3);
        Update[] updates = [.. Enumerable.Range(0, 3).Select(u => new Update($"agent-{u}", 1, Near(broadcast, (ulong)(40 + u))))];

        double rate = Aggregator.Aggregate(
            Given.Options("FedIT") with { ServerStep = ServerStep.FedExp, ServerEpsilon = 1e-12 }, broadcast, updates).ServerRate;

        Assert.Equal(DenseServer.FedExP(broadcast, updates, 1e-12), rate, tolerance: 1e-3);
    }

    /// <summary>As after the death of a coordinator: what is on disk gives the same bits as what was in memory.</summary>
    [Theory]
    [InlineData(ServerStep.Momentum)]
    [InlineData(ServerStep.FedYogi)]
    public void A_state_from_a_file_goes_on_with_the_same_bits(ServerStep step)
    {
        AggregationOptions options = Given.Options("FloraNA") with { ServerStep = step, Momentum = 0.9, ServerRate = 0.1 };
        LoraAdapter start = Adapter(1, rank: 2);
        AggregationResult first = Aggregator.Aggregate(options, start, [new("a", 1, Adapter(2, 2)), new("b", 2, Adapter(3, 2))]);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, ServerStateFile.Write(first.State!));
            ServerState read = ServerStateFile.Read(file, AdapterShape.Of(start));

            Update[] updates = [new("a", 1, Adapter(4, 2)), new("b", 2, Adapter(5, 2))];
            AggregationResult expected = Aggregator.Aggregate(options, first.Global, updates, 2, first.State);
            AggregationResult resumed = Aggregator.Aggregate(options, first.Global, updates, 2, read);

            Assert.Equal(ServerStateFile.Write(expected.State!), ServerStateFile.Write(resumed.State!));
            Assert.Equal(expected.Global.Modules[Given.Module].B.Values.ToArray(), resumed.Global.Modules[Given.Module].B.Values.ToArray());
            Assert.Equal(expected.Global.Saved[Head].Values, resumed.Global.Saved[Head].Values);
            string refusal = Assert.Throws<AdapterFormatException>(() => ServerStateFile.Read(file, AdapterShape.Of(Wider(start)))).Message;
            Assert.Contains(Given.Module, refusal, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Momentum_alone_means_the_momentum_step()
    {
        Assert.Equal(ServerStep.Momentum, new AggregationOptions { Momentum = 0.1 }.ServerStep);
        Assert.Equal(ServerStep.Fixed, new AggregationOptions().ServerStep);
        Assert.Null(Aggregator.Aggregate(Given.Options("FedIT"), Adapter(1, 2), [new("a", 1, Adapter(2, 2))]).State);
    }

    [Theory]
    [InlineData("FedExLora")]
    [InlineData("FloraStack")]
    [InlineData("FfaLora")]
    [InlineData("RoLora")]
    public void What_is_carried_on_is_refused_where_the_split_is_fixed(string strategy) =>
        Assert.StartsWith(
            $"Aggregation:ServerStep is fedadam; it must be fixed or fedexp, and Aggregation:Momentum 0, with {strategy}",
            Assert.Throws<ArgumentException>(() => (Given.Options(strategy) with { ServerStep = ServerStep.FedAdam }).Validated()).Message,
            StringComparison.Ordinal);

    /// <summary>What the strategy publishes by itself.</summary>
    private static AggregationOptions Plain(AggregationOptions options) =>
        options with { ServerStep = ServerStep.Fixed, ServerRate = 1, Momentum = 0 };

    private static LoraAdapter Adapter(ulong seed, int rank) => Adapter(Given.Factors(rank, Inputs, Outputs, seed), seed);

    private static LoraAdapter Adapter(LoraFactors factors, ulong seed) => new(
        new LoraSettings { Rank = factors.Rank, Alpha = 3 * factors.Rank, TargetModules = ["query"], ModulesToSave = ["classifier"] },
        [KeyValuePair.Create(Given.Module, factors)],
        [KeyValuePair.Create(Head, new DenseTensor([2, 3], Given.Gaussian(2, 3, 0.1, new SeededRandom(seed)).Values.ToArray()))]);

    private static LoraAdapter Near(LoraAdapter adapter, ulong seed)
    {
        LoraAdapter near = adapter.Clone();
        var random = new SeededRandom(seed);
        foreach (ref float value in near.Modules[Given.Module].B.Values)
        {
            value += (float)(1e-5 * random.NextGaussian());
        }

        return near;
    }

    private static LoraAdapter Longer(LoraAdapter adapter, float times)
    {
        LoraAdapter longer = adapter.Clone();
        Span<float> b = longer.Modules[Given.Module].B.Values;
        TensorPrimitives.Multiply(b, times, b);
        return longer;
    }

    private static LoraAdapter Wider(LoraAdapter adapter) => Adapter(Given.Factors(adapter.Settings.Rank, Inputs + 1, Outputs, 1), 1);

    private static double[,] Product(LoraAdapter adapter) => DenseReference.Product(adapter.Modules[Given.Module]);
}
