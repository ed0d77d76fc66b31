using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

/// <summary>Conjugate gradients against elimination, and when they end.</summary>
/// <remarks>
/// H = tridiagonal(−1, 2, −1) with c = (1, 0, …) is solved one coordinate a step: the k-th lowers the objective by 1/(k·(k+1)), and coordinates
/// beyond the k-th are still what they were.
/// </remarks>
public sealed class ConjugateGradientsTests
{
    private const int Length = 100;

    [Fact]
    public void The_solution_is_that_of_the_pulled_equations()
    {
        const int N = 7;
        const double Ridge = 0.1;
        var random = new SeededRandom(3);
        double[,] x = new double[N, N];
        double[,] right = new double[N, 1];
        double[] c = new double[N];
        double[] previous = new double[N];
        for (int i = 0; i < N; i++)
        {
            (c[i], previous[i]) = (random.NextGaussian(), random.NextGaussian());
            for (int j = 0; j < N; j++)
            {
                x[i, j] = random.NextGaussian();
            }
        }

        double[,] h = DenseReference.Times(x, x, transposeY: true);
        double[] diagonal = [.. Enumerable.Range(0, N).Select(i => h[i, i])];
        double mu = Ridge * diagonal.Average();
        double[,] pulled = (double[,])h.Clone();
        for (int i = 0; i < N; i++)
        {
            pulled[i, i] += mu;
            right[i, 0] = c[i] + (mu * previous[i]);
        }

        double[,] expected = DenseReference.Solve(pulled, right);

        // With no energy in the target no gain is too small, so that it goes on to the end.
        double[] actual = ConjugateGradients.Solve(v => Times(h, v), diagonal, c, previous, Ridge, targetEnergy: 0);

        Assert.All(actual.Select((value, i) => (value, i)), pair => Assert.Equal(expected[pair.i, 0], pair.value, tolerance: 1e-9));
    }

    [Theory]
    [InlineData(1, 60)] // gains stay above a millionth of what is left until the steps run out
    [InlineData(4e4, 5)] // 1/30 is below 0.04, 1/20 is not
    [InlineData(1e3, 32)] // 1/1056 is below 0.000999, 1/992 is not
    [InlineData(1e6, 1)]
    public void It_ends_when_a_step_gains_a_millionth_or_after_sixty(double targetEnergy, int steps)
    {
        double[] x = Solve(Unit(), new double[Length], targetEnergy);

        Assert.All(x[..steps], value => Assert.NotEqual(0, value));
        Assert.All(x[steps..], value => Assert.Equal(0, value));
        // The best with so many coordinates.
        Assert.All(
            x[..steps].Select((value, i) => (value, i)), pair => Assert.Equal(1 - ((pair.i + 1.0) / (steps + 1)), pair.value, tolerance: 1e-9));
    }

    [Fact]
    public void From_elsewhere_it_takes_the_same_steps_for_the_same_error()
    {
        // With c + H·s from s all residuals are as with c from 0, and the objective is the same with ‖T‖² + sᵀHs + 2sᵀc.
        double[] s = [.. Enumerable.Range(0, Length).Select(i => 100.0 + i)];
        double[] image = Times(s);
        double[] c = [.. Unit().Zip(image, (one, other) => one + other)];
        double energy = 4e4 + s.Zip(image, (value, other) => value * other).Sum() + (2 * s[0]);

        double[] x = Solve(c, s, energy);

        Assert.All(x[..5].Select((value, i) => (value, i)), pair => Assert.Equal(s[pair.i] + 1 - ((pair.i + 1) / 6.0), pair.value, tolerance: 1e-9));
        Assert.Equal(s[5..], x[5..]);
    }

    [Fact]
    public void What_H_does_not_see_at_all_stays()
    {
        double[] previous = [1, 2];

        Assert.Equal(previous, ConjugateGradients.Solve(_ => [0, 0], [0, 0], [1, 1], previous, ridge: 1e-8, targetEnergy: 1));
        Assert.Equal(previous, ConjugateGradients.Solve(x => x, [1, 1], [1, 2], previous, ridge: 1e-8, targetEnergy: 1));
    }

    private static double[] Solve(double[] c, double[] previous, double targetEnergy) => ConjugateGradients.Solve(
        Times, [.. Enumerable.Repeat(2.0, Length)], c, previous, ridge: 1e-14, targetEnergy);

    private static double[] Unit() => [1, .. new double[Length - 1]];

    private static double[] Times(double[] x) =>
        [.. x.Select((value, i) => (2 * value) - (i > 0 ? x[i - 1] : 0) - (i + 1 < x.Length ? x[i + 1] : 0))];

    private static double[] Times(double[,] h, double[] x) =>
        [.. Enumerable.Range(0, x.Length).Select(i => Enumerable.Range(0, x.Length).Sum(j => h[i, j] * x[j]))];
}
