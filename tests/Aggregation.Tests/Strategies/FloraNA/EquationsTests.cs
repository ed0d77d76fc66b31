using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

/// <summary>All forms of the normal equations against the blocks of all pairs in double precision.</summary>
public sealed class EquationsTests
{
    private const int Rank = 4;

    // Products in single precision; sums of some hundred of them.
    private const double Single = 1e-5;

    public static TheoryData<string> Forms => ["swept", "blocks from disk", "matrix-free", "matrix-free from disk"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_form_has_the_same_H_and_c(string form)
    {
        (LoraFactors[] factors, double[] target) = Agents(count: 30, inputs: 700, outputs: 520);
        var exact = new GramEquations(factors, target, threads: 1);
        INormalEquations fast = Form(form, factors, target);
        double[] held = Scalars(30, 1);
        double[] x = Scalars(30, 2);

        foreach ((INormalSystem expected, INormalSystem actual) in new[] { (exact.ForQ(held), fast.ForQ(held)), (exact.ForP(held), fast.ForP(held)) })
        {
            AssertNear(expected.C, actual.C);
            AssertNear(expected.Times(x), actual.Times(x));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_form_is_solved_to_the_same_error(string form)
    {
        (LoraFactors[] factors, double[] target) = Agents(count: 30, inputs: 90, outputs: 70);
        var exact = new GramEquations(factors, target, threads: 1);
        double energy = exact.TargetEnergy;

        NearlyAccurateSolution expected = AlternatingLeastSquares.Solve(exact, target, target, energy, ridge: 1e-8);
        NearlyAccurateSolution actual = AlternatingLeastSquares.Solve(Form(form, factors, target), target, target, energy, ridge: 1e-8);

        // The promise for the error of the solution is 1e-4; squared errors are near 0.01 of the energy, known in single precision to 1e-6 of it.
        Assert.Equal(Math.Sqrt(expected.SquaredError / energy), Math.Sqrt(actual.SquaredError / energy), tolerance: 1e-4);
        Assert.True(actual.SquaredError < actual.StartSquaredError);
    }

    [Fact]
    public void Lower_ranks_count_as_padded_with_zeros()
    {
        (LoraFactors[] factors, double[] target) = Agents(count: 8, inputs: 60, outputs: 50);
        factors[3] = Padding.ToRank(factors[3], 2);
        LoraFactors[] padded = [.. factors.Select(f => Padding.ToRank(f, Rank))];
        double[] held = Scalars(8, 1);

        foreach (string form in Forms.Select(row => row.Data))
        {
            AssertNear(new GramEquations(padded, target, threads: 1).ForQ(held).C, Form(form, factors, target).ForQ(held).C);
        }
    }

    [Theory]
    [InlineData(20, 3 + 3, 3 + 2)]
    [InlineData(1000, 3 + 1, 3 + 1)]
    [InlineData(0, 3 + 60, 3 + 40)] // less than a column fits: one at a time
    public void Agents_on_disk_are_read_once_for_each_block_and_thrice_more(int blockColumns, int readingsForQ, int readingsForP)
    {
        (LoraFactors[] factors, double[] target) = Agents(count: 8, inputs: 60, outputs: 40);
        var source = new CountedFactors(factors);
        var equations = new GramFreeEquations(new IdealUpdate(source, target, threads: 1, unit: 1), Rank, blockBytes: 4 * 8 * Rank * blockColumns);

        equations.ForQ(target);
        Assert.Equal(readingsForQ * factors.Length, source.Loads);
        equations.ForP(target);
        Assert.Equal((readingsForQ + readingsForP) * factors.Length, source.Loads);
    }

    [Fact]
    public void Conjugate_gradients_leave_alone_what_H_does_not_see()
    {
        // H = vvᵀ of five alike agents: any x with the same sum is as good, and the nearest to the previous one is wanted.
        double[] previous = [0.1, 0.2, 0.3, 0.2, 0.1];
        double[] c = [1, 1, 1, 1, 1];

        double[] x = ConjugateGradients.Solve(x => [.. x.Select(_ => x.Sum())], [1, 1, 1, 1, 1], c, previous, ridge: 1e-8, targetEnergy: 1);

        Assert.All(x.Zip(previous), pair => Assert.Equal(pair.Second + 0.02, pair.First, tolerance: 1e-7));
    }

    private static INormalEquations Form(string form, LoraFactors[] factors, double[] target)
    {
        double unit = 1 / factors.Max(f => Math.Sqrt(ProductGeometry.Energy(f)));
        var whole = new IdealUpdate(new MemoryFactors(factors), target, threads: 2, unit);
        var batches = new IdealUpdate(new SmallBatches(factors, batch: 7), target, threads: 2, unit);
        return form switch
        {
            "swept" => new SweptEquations(whole, Rank),
            "blocks from disk" => new GramFreeEquations(batches, Rank, blockBytes: 4 * 30 * Rank * 100),
            "matrix-free" => new MatrixFreeEquations(whole, Rank),
            _ => new MatrixFreeEquations(batches, Rank),
        };
    }

    private static (LoraFactors[] Factors, double[] Target) Agents(int count, int inputs, int outputs)
    {
        (_, Update[] updates) = Given.Round(count, Rank, inputs, outputs, drift: 2);
        double total = updates.Sum(u => u.Weight);
        return ([.. updates.Select(u => u.Adapter.Modules[Given.Module])], [.. updates.Select(u => u.Weight / total)]);
    }

    private static double[] Scalars(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian() / count)];
    }

    private static void AssertNear(double[] expected, double[] actual)
    {
        double largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance: Single * largest));
    }

    /// <summary>Factors of which three are held at once, and how many were read.</summary>
    private sealed class CountedFactors(LoraFactors[] factors) : IFactorSource
    {
        private int loads;

        public int Loads => loads;

        public int Count => factors.Length;

        public int Outputs => factors[0].Outputs;

        public int Inputs => factors[0].Inputs;

        public int Batch => 3;

        public int RankOf(int index) => factors[index].Rank;

        public LoraFactors Load(int index)
        {
            Interlocked.Increment(ref loads);
            return factors[index];
        }
    }
}
