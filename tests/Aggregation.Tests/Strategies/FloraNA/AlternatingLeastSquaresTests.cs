using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

public sealed class AlternatingLeastSquaresTests
{
    // H = 1, c = (1, 0), ‖T‖² = 4: plain averaging has the squared error 3.5, the best is 3.
    private static readonly double[] Start = [0.5, 0.5];

    [Theory]
    [InlineData(0.5, -7)]
    [InlineData(1e200, -1e200)]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    public void A_solution_worse_than_plain_averaging_is_never_taken(double first, double second)
    {
        NearlyAccurateSolution solution = AlternatingLeastSquares.Solve(new Claimed([first, second]), Start, Start, targetEnergy: 4, ridge: 1e-8);

        Assert.Equal(Start, solution.P);
        Assert.Equal(Start, solution.Q);
        Assert.Equal((3.5, 3.5), (solution.SquaredError, solution.StartSquaredError));
    }

    [Fact]
    public void A_better_one_is()
    {
        NearlyAccurateSolution solution = AlternatingLeastSquares.Solve(new Claimed([1, 0]), Start, Start, targetEnergy: 4, ridge: 1e-8);

        Assert.Equal([1, 0], solution.Q);
        Assert.Equal(3, solution.SquaredError, tolerance: 1e-12);
    }

    [Theory]
    [InlineData(0.5, 20)] // no more than twenty
    [InlineData(0.8e-12, 2)] // its square is below 1e-24 of the target: rounding
    [InlineData(1.2e-12, 3)]
    [InlineData(1 / (1 + 1.2e-5), 20)]
    [InlineData(1 / (1 + 0.8e-5), 2)] // gains less than a hundred-thousandth; what the first says of q says nothing of p
    [InlineData(1, 2)]
    public void It_ends_when_little_is_gained_or_left(double left, int halfSteps)
    {
        NearlyAccurateSolution solution = AlternatingLeastSquares.Solve(new Falling(left, 0), [0], [0], targetEnergy: 1, ridge: 1e-8);

        Assert.Equal(halfSteps, solution.HalfSteps);
        Assert.Equal(1, solution.StartSquaredError);
        Assert.Equal(left == 1 ? 1 : Math.Pow(left, halfSteps), solution.SquaredError, tolerance: 1e-12 * Math.Pow(left, halfSteps));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Without_a_target_nothing_is_solved(double energy)
    {
        NearlyAccurateSolution solution = AlternatingLeastSquares.Solve(new Claimed([1, 0]), Start, [0.2, 0.8], energy, ridge: 1e-8);

        Assert.Equal(Start, solution.P);
        Assert.Equal([0.2, 0.8], solution.Q);
        Assert.Equal((0, 0, 0), (solution.SquaredError, solution.StartSquaredError, solution.HalfSteps));
    }

    [Theory]
    [InlineData(new[] { 1.0, 3 }, new[] { 0.25, 0.75 }, 4)]
    [InlineData(new[] { 1.0, -0.5 }, new[] { 2.0, -1 }, 0.5)]
    [InlineData(new[] { -1.0, -1 }, new[] { 0.5, 0.5 }, -2)]
    [InlineData(new[] { 1.0, -0.997 }, new[] { 1 / 0.003, -0.997 / 0.003 }, 0.003)] // 0.0015 of 1.997
    [InlineData(new[] { 1.0, -0.9985 }, new[] { 1, -0.9985 }, 1)] // 0.00075 of it: a sum of rounding is no unit
    public void Scalars_of_B_sum_to_one_where_they_have_a_sum(double[] p, double[] expected, double factor)
    {
        NearlyAccurateSolution solution = AlternatingLeastSquares.Normalised(p, [2, 3], error: 5, start: 7, halfSteps: 4);

        Assert.All(expected.Zip(solution.P), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-9));
        Assert.All(new[] { 2 * factor, 3 * factor }.Zip(solution.Q), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-12));
        Assert.Equal((5, 7, 4), (solution.SquaredError, solution.StartSquaredError, solution.HalfSteps));
    }

    /// <summary>Each half step leaves a share of the error; a scalar is the number of half steps that it has seen.</summary>
    private sealed class Falling(double left, int taken) : INormalEquations, INormalSystem
    {
        public double[] C => throw new InvalidOperationException();

        public INormalSystem ForQ(double[] p) => new Falling(left, (int)p[0]);

        public INormalSystem ForP(double[] q) => new Falling(left, (int)q[0]);

        public double[] Times(double[] x) => throw new InvalidOperationException();

        public double[] Solve(double[] previous, double ridge, double targetEnergy) => [taken + 1];

        public double SquaredError(double[] x, double targetEnergy) => Math.Pow(left, x[0] > taken ? taken + 1 : taken);
    }

    /// <summary>Says that <paramref name="solution"/> solves it, whatever is asked.</summary>
    private sealed class Claimed(double[] solution) : INormalEquations, INormalSystem
    {
        public double[] C => [1, 0];

        public INormalSystem ForQ(double[] p) => this;

        public INormalSystem ForP(double[] q) => this;

        public double[] Times(double[] x) => x;

        public double[] Solve(double[] previous, double ridge, double targetEnergy) => solution;
    }
}
