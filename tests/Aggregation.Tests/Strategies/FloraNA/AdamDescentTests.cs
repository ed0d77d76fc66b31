using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

/// <summary>The paper's solver against a plain Adam (arXiv 1412.6980, algorithm 1) that forms every product.</summary>
public sealed class AdamDescentTests
{
    private const int Agents = 3;

    // Both compute in double precision; 200 steps divide by gradients that shrink a thousandfold.
    private const double Rounding = 1e-9;

    private static readonly LoraFactors[] Factors =
        [.. Enumerable.Range(0, Agents).Select(u => Given.Factors(rank: 2, inputs: 7, outputs: 6, seed: (ulong)(30 + u)))];

    private static readonly double[] Shares = [0.5, 0.3, 0.2];

    [Theory]
    [InlineData(1)]
    [InlineData(1e3)] // gradients so short that the small term beside their root counts
    public void Two_hundred_steps_are_those_of_Adam(double energies)
    {
        var equations = new GramEquations(Factors, Shares, threads: 1);
        double energy = energies * equations.TargetEnergy;
        (double[] p, double[] q, double error, double start) = Descend(energy);
        double sum = p.Sum();

        NearlyAccurateSolution solution = AdamDescent.Solve(equations, Shares, Shares, energy);

        Assert.Equal(200, solution.HalfSteps);
        Assert.All(p.Zip(solution.P), pair => Assert.Equal(pair.First / sum, pair.Second, tolerance: Rounding));
        Assert.All(q.Zip(solution.Q), pair => Assert.Equal(pair.First * sum, pair.Second, tolerance: Rounding));
        Assert.Equal(error / energy, solution.SquaredError / energy, tolerance: Rounding);
        Assert.Equal(start / energy, solution.StartSquaredError / energy, tolerance: Rounding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Without_a_target_the_scalars_stay_as_they_are(double energy)
    {
        NearlyAccurateSolution solution =
            AdamDescent.Solve(new GramEquations(Factors, Shares, threads: 1), Shares, [0.2, 0.2, 0.6], energy);

        Assert.Equal(Shares, solution.P);
        Assert.Equal([0.2, 0.2, 0.6], solution.Q);
        Assert.Equal((0, 0, 0), (solution.SquaredError, solution.StartSquaredError, solution.HalfSteps));
    }

    private static (double[] P, double[] Q, double Error, double Start) Descend(double energy)
    {
        double[][,] a = [.. Factors.Select(f => DenseReference.Of(f.A))];
        double[][,] b = [.. Factors.Select(f => DenseReference.Of(f.B))];
        double[,] target = new double[6, 7];
        for (int u = 0; u < Agents; u++)
        {
            DenseReference.Add(target, DenseReference.Product(Factors[u]), Shares[u]);
        }

        double lacking = energy - DenseReference.InnerProduct(target, target);
        double[] x = [.. Shares, .. Shares];
        double[] m = new double[x.Length];
        double[] v = new double[x.Length];
        double[] best = [];
        double least = double.PositiveInfinity;
        double start = double.NaN;
        for (int t = 1; t <= 201; t++)
        {
            double[,] meanA = Sum(a, x[Agents..]);
            double[,] meanB = Sum(b, x[..Agents]);
            double[,] missed = DenseReference.Times(meanB, meanA);
            DenseReference.Add(missed, target, -1);
            double error = DenseReference.InnerProduct(missed, missed) + lacking;
            start = t == 1 ? error : start;
            (best, least) = error < least ? ((double[])x.Clone(), error) : (best, least);
            for (int i = 0; i < x.Length; i++)
            {
                double[,] slope = i < Agents ? DenseReference.Times(b[i], meanA) : DenseReference.Times(meanB, a[i - Agents]);
                double g = 2 * DenseReference.InnerProduct(slope, missed) / energy;
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.999 * v[i]) + (0.001 * g * g);
                x[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-8);
            }
        }

        return (best[..Agents], best[Agents..], least, start);
    }

    private static double[,] Sum(double[][,] terms, double[] scalars)
    {
        double[,] sum = new double[terms[0].GetLength(0), terms[0].GetLength(1)];
        for (int u = 0; u < terms.Length; u++)
        {
            DenseReference.Add(sum, terms[u], scalars[u]);
        }

        return sum;
    }
}
