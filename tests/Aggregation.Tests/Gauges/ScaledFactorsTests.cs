using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Strategies;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeFlora.Aggregation.Tests.Gauges;

/// <summary>An agent may write the same product as (cA, B/c) for any c: it must not move a merge further than its product does.</summary>
public sealed class ScaledFactorsTests
{
    private const int Rank = 4;
    private const int Inputs = 40;
    private const int Outputs = 36;

    /// <summary>The largest value that fp16, in which adapters are broadcast, can hold.</summary>
    private const float MostHalf = 65504;

    private static readonly string[] Free = [.. StrategyRegistry.Names.Where(name => StrategyRegistry.Find(name).GaugeIsFree)];

    // Exponents of ten, in tenths, so that shrinking finds the smallest scale that breaks a property.
    private static readonly Arbitrary<int[]> Exponents = Gen.Choose(-300, 300).ArrayOf(Rank).ToArbitrary();

    public static TheoryData<string, bool> Rounds
    {
        get
        {
            var rounds = new TheoryData<string, bool>();
            foreach (string strategy in Free)
            {
                rounds.Add(strategy, false);
                rounds.Add(strategy, true);
            }

            return rounds;
        }
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public void A_scale_moves_no_merge_further_than_the_product_does(string strategy, bool later) =>
        Prop.ForAll(Exponents, exponents => IsBounded(strategy, later, liar => Scaled(liar, exponents[0], exponents[0], exponents[0], exponents[0])))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Theory]
    [MemberData(nameof(Rounds))]
    public void Nor_do_scales_of_single_directions(string strategy, bool later) =>
        Prop.ForAll(Exponents, exponents => IsBounded(strategy, later, liar => Scaled(liar, exponents)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FedRot")]
    [InlineData("FedExLora")]
    [InlineData("MomentTilt")]
    [InlineData("FloraNA")]
    public void A_tiny_product_of_a_huge_A_leaves_the_average_where_it_is(string strategy)
    {
        foreach (float a in new[] { 1e6f, 2e7f, 1e30f })
        {
            (LoraAdapter broadcast, Update[] updates) = Given.Round(10, Rank, Inputs, Outputs);
            var random = new SeededRandom(5);
            updates[3] = updates[3] with { Adapter = Given.Single(new LoraFactors(Given.Gaussian(Rank, Inputs, a, random), Given.Gaussian(Outputs, Rank, 1e-30, random))) };

            AggregationResult result = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates);

            Assert.InRange(Largest(result.Global), 0, 10);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Directions_that_a_frozen_factor_does_not_look_at_are_bounded_by_the_others(int agents)
    {
        // RoLora trains A in its second round while B is frozen; here B leaves one direction out.
        LoraFactors start = Given.Factors(Rank, Inputs, Outputs, seed: 3);
        for (int o = 0; o < Outputs; o++)
        {
            start.B[o, 0] = 0;
        }

        Update[] updates = [.. Enumerable.Range(0, agents).Select(
            u => new Update($"agent-{u}", 1, Given.Single(Moved(start, (ulong)u, withB: false))))];
        updates[0].Adapter.Modules[Given.Module].A.Row(0).Fill(1e6f);

        AggregationResult result = Aggregator.Aggregate(Given.Options("RoLora") with { ClipFactor = 3 }, Given.Single(start), updates, round: 2);

        // Of two agents none can be called the odd one; intake and the coordinator's weights bound those.
        Assert.Equal(agents >= 3, Largest(result.Global) < 10);
    }

    private static bool IsBounded(string strategy, bool later, Func<LoraAdapter, LoraAdapter> written)
    {
        (LoraAdapter broadcast, Update[] updates) = later ? Later() : Given.Round(6, Rank, Inputs, Outputs);
        updates = Given.Obedient(strategy, broadcast, updates);
        double[,] honest = Product(strategy, broadcast, updates, out _);
        double longest = updates.Max(update => UpdateNorms.OfChange(broadcast, update.Adapter).Products) + DenseReference
            .Length(DenseReference.Product(broadcast.Modules[Given.Module]));

        updates[2] = updates[2] with { Adapter = written(updates[2].Adapter) };
        double[,] scaled = Product(strategy, broadcast, updates, out float largest);

        return DenseReference.Distance(scaled, honest) <= 2 * longest && largest < MostHalf;
    }

    private static double[,] Product(string strategy, LoraAdapter broadcast, Update[] updates, out float largest)
    {
        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates);
        largest = Largest(result.Global);
        return DenseReference.Product(result.Global.Modules[Given.Module]);
    }

    /// <summary>A round whose broadcast B is not zero.</summary>
    private static (LoraAdapter Broadcast, Update[] Updates) Later()
    {
        LoraFactors start = Given.Factors(Rank, Inputs, Outputs, seed: 3);
        return (Given.Single(start), [.. Enumerable.Range(0, 6).Select(u => new Update($"agent-{u}", 1 + u, Given.Single(Moved(start, (ulong)u, withB: true))))]);
    }

    private static LoraFactors Moved(LoraFactors start, ulong seed, bool withB)
    {
        LoraFactors moved = start.Clone();
        var random = new SeededRandom(seed + 100);
        foreach (Matrix factor in withB ? new[] { moved.A, moved.B } : [moved.A])
        {
            foreach (ref float value in factor.Values)
            {
                value += (float)(0.02 * random.NextGaussian());
            }
        }

        return moved;
    }

    // Row j of A times 10^(e/10), column j of B by as much less.
    private static LoraAdapter Scaled(LoraAdapter adapter, params int[] tenths)
    {
        LoraFactors factors = adapter.Modules[Given.Module].Clone();
        for (int j = 0; j < Rank; j++)
        {
            double scale = Math.Pow(10, tenths[j] / 10.0);
            foreach (ref float value in factors.A.Row(j))
            {
                value = (float)(value * scale);
            }

            for (int o = 0; o < Outputs; o++)
            {
                factors.B[o, j] = (float)(factors.B[o, j] / scale);
            }
        }

        return Given.Single(factors);
    }

    private static float Largest(LoraAdapter adapter) =>
        adapter.Modules.Values.Max(factors => Math.Max(Magnitude(factors.A), Magnitude(factors.B)));

    private static float Magnitude(Matrix matrix) => Math.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(matrix.Values));
}
