using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

/// <summary>FLoRA-NA's error against a slow solver that forms every product, from several starts, until nothing moves.</summary>
public sealed class ConvergedScalarsTests
{
    [Theory]
    [InlineData(6, 3, 24, 20, 1.0, TruncationMethod.Qr)]
    [InlineData(6, 3, 24, 20, 3.0, TruncationMethod.Randomised)]
    [InlineData(12, 4, 30, 36, 2.0, TruncationMethod.Randomised)]
    [InlineData(33, 16, 48, 40, 2.0, TruncationMethod.Randomised)] // too many directions for pairwise blocks
    public void The_error_is_within_a_ten_thousandth_of_the_converged_one(
        int agents, int rank, int inputs, int outputs, double drift, TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank, inputs, outputs, drift);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        double total = updates.Sum(u => u.Weight);
        var random = new SeededRandom(9);
        double[][] starts =
        [
            [.. updates.Select(u => u.Weight / total)],
            [.. updates.Select(_ => random.NextDouble())],
            [.. updates.Select(_ => 1 + random.NextGaussian())],
        ];
        double converged = starts.Min(start => ConvergedError(updates, ideal, start));

        AggregationResult result = Aggregator.Aggregate(Given.Options() with { Method = method }, broadcast, updates);

        double error = DenseReference.Error(result.Global.Modules[Given.Module], ideal);
        Assert.InRange(error, converged - 1e-6, converged + 1e-4);
        Assert.Equal(error, result.Modules[0].ErrFloraNa!.Value, tolerance: 1e-4);
    }

    private static double ConvergedError(Update[] updates, double[,] ideal, double[] q)
    {
        double[][,] a = [.. updates.Select(u => DenseReference.Of(u.Adapter.Modules[Given.Module].A))];
        double[][,] b = [.. updates.Select(u => DenseReference.Of(u.Adapter.Modules[Given.Module].B))];
        double error = double.PositiveInfinity;
        for (int sweep = 0; sweep < 200; sweep++)
        {
            double[,] meanA = Sum(a, q);
            double[] p = LeastSquares([.. b.Select(x => DenseReference.Times(x, meanA))], ideal);
            double[,] meanB = Sum(b, p);
            q = LeastSquares([.. a.Select(x => DenseReference.Times(meanB, x))], ideal);
            double next = DenseReference.Distance(DenseReference.Times(meanB, Sum(a, q)), ideal) / DenseReference.Length(ideal);
            if (error - next < 1e-9)
            {
                return next;
            }

            error = next;
        }

        return error;
    }

    private static double[,] Sum(double[][,] terms, double[] factors)
    {
        double[,] sum = new double[terms[0].GetLength(0), terms[0].GetLength(1)];
        for (int i = 0; i < terms.Length; i++)
        {
            DenseReference.Add(sum, terms[i], factors[i]);
        }

        return sum;
    }

    // The coefficients with which the terms come nearest to the target, by the normal equations; a ridge of 1e-12 where terms depend on each other.
    private static double[] LeastSquares(double[][,] terms, double[,] target)
    {
        int n = terms.Length;
        double[,] h = new double[n, n];
        double[,] c = new double[n, 1];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                h[i, j] = h[j, i] = DenseReference.InnerProduct(terms[i], terms[j]);
            }

            c[i, 0] = DenseReference.InnerProduct(terms[i], target);
        }

        double mean = Enumerable.Range(0, n).Average(i => h[i, i]);
        for (int i = 0; i < n; i++)
        {
            h[i, i] += 1e-12 * mean;
        }

        double[,] x = DenseReference.Solve(h, c);
        return [.. Enumerable.Range(0, n).Select(i => x[i, 0])];
    }
}
