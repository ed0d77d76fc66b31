using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation.Tests.Ranks;

/// <summary>
/// A round of agents of different ranks that started from read-outs of one adapter, and what its merge should be, in double precision.
/// </summary>
internal sealed class MixedRound
{
    private readonly (int From, int To)[] ranges;

    private MixedRound(LoraAdapter broadcast, Update[] updates)
    {
        (Broadcast, Updates) = (broadcast, updates);
        int[] bounds = [0, .. updates.Select(update => update.Adapter.Settings.Rank).Append(broadcast.Settings.Rank).Distinct().Order()];
        ranges = [.. bounds.Zip(bounds.Skip(1))];
    }

    public LoraAdapter Broadcast { get; }

    public Update[] Updates { get; }

    /// <summary>Agents of these ranks, each a step away from its read-out of an adapter of rank <paramref name="highest"/>.</summary>
    public static MixedRound Of(int highest, params int[] ranks)
    {
        LoraAdapter broadcast = RankReadOut.Ordered(Given.Single(Given.Factors(highest, inputs: 26, outputs: 22, seed: 3)), Gauge.Principal);
        return new MixedRound(
            broadcast, [.. ranks.Select((rank, u) => new Update($"{u}", 10 + (7 * u), Stepped(RankReadOut.First(broadcast, rank), u)))]);
    }

    public MixedRound With(Func<Update, Update> change) => new(Broadcast, [.. Updates.Select(change)]);

    /// <summary>What agent <paramref name="u"/> weighs in components up to <paramref name="to"/>: its share among those who hold them.</summary>
    public double Share(int u, int to) => Updates[u].Adapter.Settings.Rank < to
        ? 0
        : Updates[u].Weight / Updates.Where(update => update.Adapter.Settings.Rank >= to).Sum(update => update.Weight);

    /// <summary>Σ over ranges and their holders of share · product of those components; the broadcast ones where nobody holds them.</summary>
    public double[,] Ideal()
    {
        double[,] sum = new double[Broadcast.Modules[Given.Module].Outputs, Broadcast.Modules[Given.Module].Inputs];
        foreach ((int from, int to) in ranges)
        {
            for (int u = 0; u < Updates.Length; u++)
            {
                DenseReference.Add(sum, Product(Factors(u), from, Math.Min(to, Factors(u).Rank)), Share(u, to));
            }

            DenseReference.Add(sum, Product(Broadcast.Modules[Given.Module], from, to), IsHeld(to) ? 0 : 1);
        }

        return sum;
    }

    /// <summary>(Σ share·B)·(Σ share·A), component by component.</summary>
    public double[,] MeanOfFactors()
    {
        (int U, int From, int To)[] terms = Terms();
        double[] shares = [.. terms.Select(term => Share(term.U, term.To))];
        return DenseReference.Times(Sum(terms, shares, factorB: true), Sum(terms, shares, factorB: false));
    }

    /// <summary>The nearest product of sums with a scalar for each agent, range and factor that descent from the shares finds.</summary>
    public double[,] NearlyAccurate()
    {
        (int U, int From, int To)[] terms = [.. Terms().Where(term => Share(term.U, term.To) > 0)];
        double[,] ideal = Ideal();
        double[] p = [.. terms.Select(term => Share(term.U, term.To))];
        double[] q = [.. p];
        for (int sweep = 0; sweep < 60; sweep++)
        {
            q = Solved(ideal, [.. terms.Select(term => DenseReference.Times(Sum(terms, p, factorB: true), Padded(term, factorB: false)))]);
            p = Solved(ideal, [.. terms.Select(term => DenseReference.Times(Padded(term, factorB: true), Sum(terms, q, factorB: false)))]);
        }

        return DenseReference.Times(Sum(terms, p, factorB: true), Sum(terms, q, factorB: false));
    }

    private static LoraAdapter Stepped(LoraAdapter start, int agent)
    {
        LoraFactors step = Given.Factors(start.Settings.Rank, 26, 22, seed: (ulong)(40 + agent));
        return new LoraAdapter(start.Settings, start.Modules.Select(m => KeyValuePair.Create(m.Key, Given.Sum(m.Value, 0.3, step))));
    }

    private static double[,] Product(LoraFactors factors, int from, int to)
    {
        double[,] product = new double[factors.Outputs, factors.Inputs];
        for (int o = 0; o < factors.Outputs; o++)
        {
            for (int k = 0; k < factors.Inputs; k++)
            {
                for (int r = from; r < to; r++)
                {
                    product[o, k] += (double)factors.B[o, r] * factors.A[r, k];
                }
            }
        }

        return product;
    }

    // The scalars x that bring Σ xᵢ·Mᵢ nearest to the target, by its normal equations.
    private static double[] Solved(double[,] target, double[][,] matrices)
    {
        int n = matrices.Length;
        double[,] h = new double[n, n];
        double[,] c = new double[n, 1];
        for (int i = 0; i < n; i++)
        {
            c[i, 0] = DenseReference.InnerProduct(matrices[i], target);
            for (int j = 0; j < n; j++)
            {
                h[i, j] = DenseReference.InnerProduct(matrices[i], matrices[j]);
            }
        }

        double[,] x = DenseReference.Solve(h, c);
        return [.. Enumerable.Range(0, n).Select(i => x[i, 0])];
    }

    private (int U, int From, int To)[] Terms() =>
        [.. ranges.SelectMany(range => Enumerable.Range(0, Updates.Length).Select(u => (u, range.From, range.To)))];

    private LoraFactors Factors(int u) => Updates[u].Adapter.Modules[Given.Module];

    private bool IsHeld(int to) => Updates.Any(update => update.Adapter.Settings.Rank >= to);

    private double[,] Sum((int U, int From, int To)[] terms, double[] scalars, bool factorB)
    {
        LoraFactors shape = Broadcast.Modules[Given.Module];
        double[,] sum = factorB ? new double[shape.Outputs, shape.Rank] : new double[shape.Rank, shape.Inputs];
        for (int i = 0; i < terms.Length; i++)
        {
            DenseReference.Add(sum, Padded(terms[i], factorB), scalars[i]);
        }

        return sum;
    }

    // One range of an agent's factor at its place, zeros elsewhere: A [highest × inputs] or B [outputs × highest].
    private double[,] Padded((int U, int From, int To) term, bool factorB)
    {
        LoraFactors factors = Factors(term.U);
        double[,] padded = factorB ? new double[factors.Outputs, Broadcast.Settings.Rank] : new double[Broadcast.Settings.Rank, factors.Inputs];
        for (int r = term.From; r < Math.Min(term.To, factors.Rank); r++)
        {
            for (int i = 0; i < (factorB ? factors.Outputs : factors.Inputs); i++)
            {
                _ = factorB ? padded[i, r] = factors.B[i, r] : padded[r, i] = factors.A[r, i];
            }
        }

        return padded;
    }
}
