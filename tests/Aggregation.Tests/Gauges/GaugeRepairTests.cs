using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Tests.Gauges;

/// <summary>
/// The design's table of gauge attacks and benign gauge changes: the same products in other factors must cost factor-wise strategies next to nothing,
/// and honest drift is no such change.
/// </summary>
public sealed class GaugeRepairTests
{
    private const int Agents = 20;
    private const int Rank = 4;

    public static TheoryData<string> Changes =>
        ["one flipped", "five flipped", "one rotated", "all rotated", "one B times 100", "one A times 100", "all by their own singular values"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_of_gauge_is_repaired_and_costs_averages_little(string change)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(Agents, Rank, inputs: 80, outputs: 70, seed: 7);
        (Update[] changed, int[] who) = Changed(change, updates);
        AssertSameProducts(updates, changed);

        foreach (string strategy in new[] { "FedIT", "FloraNA", "MomentTilt", "FedExLora", "Auto" })
        {
            AggregationResult clean = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates);
            AggregationResult repaired = Aggregator.Aggregate(Given.Options(strategy), broadcast, changed);

            Assert.All(clean.Modules[0].Agents, agent => Assert.False(agent.Regauged));
            // A random turn may by chance be a small one, which is left alone.
            Assert.Equal(
                who.Where(u => IsFar(repaired.Modules[0].Agents[u])), Enumerable.Range(0, Agents).Where(u => repaired.Modules[0].Agents[u].Regauged));
            // A repaired agent sits as near to the broadcast A as its row space allows: nearer to most others than it really was, further from those
            // on its side. The scalars or averages then differ by what the turned factors hold of drift: a fifth at most here, where unrepaired ones
            // are off by up to a hundred times.
            Assert.InRange(repaired.Divergence.Used, 0, (1.3 * clean.Divergence.Used) + 1e-6);
            double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
            if (strategy != "FedExLora")
            {
                Assert.Equal(DenseReference.Error(repaired.Global.Modules[Given.Module], ideal), repaired.Divergence.Used, tolerance: 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(1, 0.5, false, false)]
    [InlineData(3, 0.5, false, true)]
    [InlineData(3, 1, false, true)]
    [InlineData(3, 1, true, true)]
    [InlineData(6, 0.7, false, true)]
    [InlineData(10, 0.5, false, true)]
    [InlineData(10, 0.5, true, true)]
    public void Honest_drift_is_left_alone(double drift, double spread, bool later, bool wide)
    {
        var agents = new List<AgentReport>();
        foreach (ulong seed in new ulong[] { 1, 2, 3 })
        {
            (LoraAdapter broadcast, Update[] updates) = Given.Round(Agents, Rank, inputs: 80, outputs: 70, drift, spread, seed);
            if (later)
            {
                // A round in which B is already large beside its changes.
                Matrix start = Given.Factors(Rank, 80, 70, seed: 50).B;
                broadcast = Given.Single(new LoraFactors(broadcast.Modules[Given.Module].A, start));
                updates = [.. updates.Select(update => update with { Adapter = Moved(update.Adapter.Modules[Given.Module], start) })];
            }

            agents.AddRange(Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Modules[0].Agents);
        }

        Assert.All(agents, agent => Assert.False(agent.Regauged, $"{agent.AgentId}: cosine {agent.CosineA}"));
        // Wide drift takes some agents' A beyond the angle from which a repair is considered at all.
        Assert.Equal(wide, agents.Exists(IsFar));
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 16)]
    [InlineData(3, 24)]
    public void Honest_drift_of_the_error_table_is_left_alone(double drift, int rank)
    {
        foreach (int agents in new[] { 5, 20 })
        {
            (LoraAdapter broadcast, Update[] updates) = new TableRound(96, agents, rank, drift, Later: false, Heterogeneous: true).Make();

            Assert.All(Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Modules[0].Agents, agent => Assert.False(agent.Regauged));
        }
    }

    [Fact]
    public void A_broadcast_scale_that_differs_from_the_agents_changes_nothing()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(Agents, Rank, inputs: 80, outputs: 70, seed: 7);
        (Update[] changed, int[] who) = Changed("five flipped", updates);
        // Half the scale, twice the B: the same updates.
        Update[] rescaled =
        [
            .. changed.Select(update => update with
            {
                Adapter = new LoraAdapter(
                    update.Adapter.Settings with { Alpha = update.Adapter.Settings.Alpha / 2 }, Given.Times(update.Adapter, 1, 2).Modules),
            }),
        ];

        AggregationResult result = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, rescaled);

        Assert.Equal(who, Enumerable.Range(0, Agents).Where(u => result.Modules[0].Agents[u].Regauged));
        Assert.Equal(Aggregator.Aggregate(Given.Options("FedIT"), broadcast, changed).Divergence.Used, result.Divergence.Used, tolerance: 1e-6);
    }

    private static (Update[] Changed, int[] Who) Changed(string change, Update[] updates)
    {
        int[] who = change.StartsWith("one", StringComparison.Ordinal) ? [3]
            : change.StartsWith("five", StringComparison.Ordinal) ? [0, 4, 8, 12, 16]
            : [.. Enumerable.Range(0, updates.Length)];
        Update[] changed = [.. updates];
        foreach (int u in who)
        {
            LoraFactors factors = updates[u].Adapter.Modules[Given.Module];
            LoraFactors other = change switch
            {
                "one B times 100" => Given.Times(updates[u].Adapter, 0.01f, 100).Modules[Given.Module],
                "one A times 100" => Given.Times(updates[u].Adapter, 100, 0.01f).Modules[Given.Module],
                "all by their own singular values" => TripletsOfProduct.Of(factors).ToFactors(),
                _ when change.EndsWith("flipped", StringComparison.Ordinal) => Given.Times(updates[u].Adapter, -1, -1).Modules[Given.Module],
                _ => Rotated(factors, seed: (ulong)u),
            };
            changed[u] = updates[u] with { Adapter = Given.Single(other) };
        }

        return (changed, who);
    }

    // (B·R, Rᵀ·A) with R from the singular vectors of a Gaussian matrix.
    private static LoraFactors Rotated(LoraFactors factors, ulong seed)
    {
        Algebra.SingularValues parts = Algebra.SingularValues.Of(
            Algebra.DoubleMatrix.From(Given.Gaussian(Rank, Rank, 1, new SeededRandom(seed + 900))));
        Algebra.DoubleMatrix r = parts.U;
        return new LoraFactors(
            r.Transpose().Times(Algebra.DoubleMatrix.From(factors.A)).ToSingles(), Algebra.DoubleMatrix.From(factors.B).Times(r).ToSingles());
    }

    private static bool IsFar(AgentReport agent) => agent.CosineA < 0.7 || agent.LengthRatioA is > 5 or < 0.2;

    private static LoraAdapter Moved(LoraFactors factors, Matrix start)
    {
        Matrix b = factors.B.Clone();
        for (int i = 0; i < b.Values.Length; i++)
        {
            b.Values[i] += start.Values[i];
        }

        return Given.Single(new LoraFactors(factors.A, b));
    }

    private static void AssertSameProducts(Update[] updates, Update[] changed) => Assert.All(updates.Zip(changed), pair =>
    {
        double[,] product = DenseReference.Product(pair.First.Adapter.Modules[Given.Module]);
        // Two factors rounded to single precision.
        Assert.InRange(DenseReference.Error(pair.Second.Adapter.Modules[Given.Module], product), 0, 1e-6);
    });
}
