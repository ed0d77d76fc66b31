using EdgeFlora.Adapters;
using EdgeFlora.Adapters.ControlVariates;
using EdgeFlora.Aggregation.ControlVariates;

namespace EdgeFlora.Aggregation.Tests.ControlVariates;

/// <summary>SCAFFOLD (arXiv 1910.06378, option II) beside its algorithm 1, written with slow loops in double precision.</summary>
public sealed class CommonVariateTests
{
    private const int Agents = 4;
    private const int Steps = 6;
    private const double Rate = 0.05;

    private static readonly string[] Names = [.. Enumerable.Range(0, Agents).Select(i => $"agent-{i}")];

    // Each agent's loss is a quadratic with a least of its own: what all want together is nowhere near what any wants alone.
    private static readonly double[][] Curves = [.. Enumerable.Range(0, Agents).Select(u => Numbers(i => 0.4 + (1.5 * ((u + i) % Agents))))];
    private static readonly double[][] Least = [.. Enumerable.Range(0, Agents).Select(u => Numbers(i => Math.Cos((3 * u) + i)))];

    [Theory]
    [InlineData(Agents, 60)]
    [InlineData(2, 60)]
    public void A_federation_on_quadratics_goes_where_algorithm_1_goes(int sampled, int rounds)
    {
        double[] reference = Numbers(i => Math.Sin(i));
        double[] common = new double[reference.Length];
        double[][] own = [.. Names.Select(_ => new double[reference.Length])];
        var federation = new Federation(reference, withVariates: true);
        var seen = new HashSet<int>();
        for (int round = 0; round < rounds; round++)
        {
            int[] taking = [.. Enumerable.Range(0, sampled).Select(i => ((round * sampled) + i) % Agents).Order()];
            federation.Round(taking);
            reference = Algorithm1(reference, common, own, taking, seen);
            Assert.All(reference.Zip(federation.Values), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        }
    }

    /// <summary>Long local work on such losses ends far from the least of their sum; variates take that away.</summary>
    [Fact]
    public void With_variates_all_end_at_the_least_of_the_sum_and_without_them_they_do_not()
    {
        double[] best = Numbers(i => Curves.Zip(Least).Sum(agent => agent.First[i] * agent.Second[i]) / Curves.Sum(curve => curve[i]));
        var with = new Federation(Numbers(i => Math.Sin(i)), withVariates: true);
        var without = new Federation(Numbers(i => Math.Sin(i)), withVariates: false);
        for (int round = 0; round < 400; round++)
        {
            with.Round([0, 1, 2, 3]);
            without.Round([0, 1, 2, 3]);
        }

        double off = Distance(best, with.Values);
        Assert.InRange(off, 0, 1e-3);
        Assert.True(Distance(best, without.Values) > 50 * off, $"Without variates it ends at {Distance(best, without.Values):G3}.");
    }

    [Fact]
    public void It_is_the_mean_by_weight_of_the_agents_own_variates_whoever_takes_part()
    {
        var federation = new Federation(Numbers(i => Math.Sin(i)), withVariates: true) { Weights = [5, 40, 100, 7] };
        foreach (int[] taking in new int[][] { [0, 1, 2, 3], [1, 3], [0, 2, 3], [0, 1, 2, 3] })
        {
            federation.Round(taking);
            double[] mean = Numbers(i => Names.Select((name, u) => federation.Weights[u] * federation.Own[name][i]).Sum() / federation.Weights.Sum());
            Assert.All(mean.Zip(federation.Common), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        }
    }

    [Fact]
    public void Frozen_factors_keep_their_variates_and_an_update_counts_as_the_merge_counts_it()
    {
        LoraAdapter broadcast = Adapter(Numbers(_ => 1));
        LoraAdapter before = Adapter(Numbers(_ => 0.5));
        Update[] updates = [new("a", 30, Adapter(Numbers(_ => 0))), new("b", 10, Adapter(Numbers(_ => 5)))];
        AgentWeight[] weights = [new("b", 0.25, 1, 0.5), new("a", 0.75, 1, 1)];
        var frozen = new FrozenFactors([Given.Module], []);

        LoraAdapter after = CommonVariate.After(
            broadcast, before, updates, weights, new Dictionary<string, double> { ["a"] = 99, ["c"] = 20 }, rate: 0.1, frozen);

        Assert.Equal(before.Modules[Given.Module].A.Values.ToArray(), after.Modules[Given.Module].A.Values.ToArray());
        double expected = ((20 * 0.5) + (30 * (1 - 0) / 0.1) + (10 * 0.5 * (1 - 5) / 0.1)) / 60;
        Assert.All(after.Modules[Given.Module].B.Values.ToArray(), value => Assert.Equal(expected, value, 1e-5));
    }

    [Fact]
    public void The_order_of_arrival_changes_no_bit()
    {
        var random = new EdgeFlora.Adapters.Randomness.SeededRandom(3);
        Update[] updates = [.. Names.Select(name => new Update(name, 1 + random.NextInt(90), Adapter(Numbers(_ => random.NextGaussian()))))];
        double sum = updates.Sum(update => update.Weight);
        AgentWeight[] weights = [.. updates.Select(update => new AgentWeight(update.AgentId, update.Weight / sum, 1, 1))];
        LoraAdapter start = Adapter(Numbers(i => 0.1 * i));

        float[] Bits(IEnumerable<Update> arrived, IEnumerable<AgentWeight> weighed) => Floats(CommonVariate.After(
            start, start, [.. arrived], [.. weighed], new Dictionary<string, double> { ["z"] = 3.3, ["y"] = 1.7 }, 0.003, FrozenFactors.None));

        Assert.Equal(Bits(updates, weights), Bits(updates.Reverse(), weights.Reverse()));
    }

    /// <summary>Lines 3 to 17 of the paper's algorithm 1; agents that have not taken part yet count for nothing.</summary>
    private static double[] Algorithm1(double[] x, double[] common, double[][] own, int[] taking, HashSet<int> seen)
    {
        double[] sumOfMoves = new double[x.Length];
        double[] sumOfChanges = new double[x.Length];
        int known = seen.Count;
        foreach (int u in taking)
        {
            double[] y = [.. x];
            bool isNew = !seen.Contains(u);
            for (int step = 0; step < Steps; step++)
            {
                for (int i = 0; i < y.Length; i++)
                {
                    double gradient = Curves[u][i] * (y[i] - Least[u][i]);
                    y[i] -= Rate * (isNew ? gradient : gradient - own[u][i] + common[i]);
                }
            }

            for (int i = 0; i < y.Length; i++)
            {
                double next = (isNew ? 0 : own[u][i] - common[i]) + ((x[i] - y[i]) / (Steps * Rate));
                sumOfMoves[i] += y[i] - x[i];
                sumOfChanges[i] += isNew ? next : next - own[u][i];
                own[u][i] = next;
            }
        }

        seen.UnionWith(taking);
        for (int i = 0; i < x.Length; i++)
        {
            common[i] = ((known * common[i]) + sumOfChanges[i]) / seen.Count;
        }

        return [.. x.Select((value, i) => value + (sumOfMoves[i] / taking.Length))];
    }

    private static double[] Numbers(Func<int, double> of) => [.. Enumerable.Range(0, 18).Select(of)];

    private static LoraAdapter Adapter(double[] values)
    {
        var factors = new LoraFactors(new(2, 5), new(4, 2));
        Fill(factors.A.Values, values[..10]);
        Fill(factors.B.Values, values[10..]);
        return Given.Single(factors);

        static void Fill(Span<float> into, double[] from)
        {
            for (int i = 0; i < into.Length; i++)
            {
                into[i] = (float)from[i];
            }
        }
    }

    private static float[] Floats(LoraAdapter adapter) =>
        [.. adapter.Modules[Given.Module].A.Values, .. adapter.Modules[Given.Module].B.Values];

    private static double Distance(double[] x, double[] y) =>
        Math.Sqrt(x.Zip(y).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));

    /// <summary>Agents and a coordinator that hold what ours hold: adapters in single precision.</summary>
    private sealed class Federation(double[] start, bool withVariates)
    {
        private readonly Dictionary<string, LoraAdapter> own = new(StringComparer.Ordinal);
        private readonly Dictionary<string, double> counted = new(StringComparer.Ordinal);
        private LoraAdapter global = Adapter(start);
        private LoraAdapter? common;

        public double[] Weights { get; init; } = [1, 1, 1, 1];

        public double[] Values => Doubles(global);

        public double[] Common => Doubles(common!);

        public Dictionary<string, double[]> Own => own.ToDictionary(entry => entry.Key, entry => Doubles(entry.Value), StringComparer.Ordinal);

        public void Round(int[] taking)
        {
            var updates = new List<Update>();
            foreach (int u in taking)
            {
                LoraAdapter? mine = own.GetValueOrDefault(Names[u]);
                double[] whole = withVariates && mine is not null && common is not null
                    ? Doubles(ControlVariate.Correction(common, mine, Rate))
                    : new double[start.Length];
                double[] y = Values;
                for (int step = 0; step < Steps; step++)
                {
                    y = [.. y.Select((value, i) => value - (Rate * Curves[u][i] * (value - Least[u][i])) - (whole[i] / Steps))];
                }

                LoraAdapter sent = Adapter(y);
                own[Names[u]] = ControlVariate.After(global, sent, common, mine, Rate, FrozenFactors.None);
                updates.Add(new Update(Names[u], Weights[u], sent));
            }

            double sum = updates.Sum(update => update.Weight);
            AgentWeight[] weights = [.. updates.Select(update => new AgentWeight(update.AgentId, update.Weight / sum, 1, 1))];
            common = CommonVariate.After(global, common, updates, weights, counted, Rate, FrozenFactors.None);
            double[] next = new double[start.Length];
            foreach (Update update in updates)
            {
                next = [.. next.Zip(Doubles(update.Adapter), (value, sent) => value + (update.Weight / sum * sent))];
                counted[update.AgentId] = update.Weight;
            }

            global = Adapter(next);
        }

        private static double[] Doubles(LoraAdapter adapter) => [.. Floats(adapter).Select(value => (double)value)];
    }
}
