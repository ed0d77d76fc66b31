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
