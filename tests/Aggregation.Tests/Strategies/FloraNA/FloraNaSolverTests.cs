using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

public sealed class FloraNaSolverTests
{
    [Theory]
    [InlineData(1e-13, 1, true)]
    [InlineData(1e-17, 1, false)]
    [InlineData(1e-13, 1e30f, true)] // scaled towards one before it is solved
    [InlineData(1e-17, 1e30f, false)]
    public void A_target_far_below_what_the_factors_could_make_counts_as_zero(double share, float scale, bool solved)
    {
        // B meets only a second row of A that is so much shorter than the first: ‖T‖² is about share² of what it could be.
        LoraFactors[] factors = [.. Enumerable.Range(0, 3).Select(u => Factors((ulong)u + 1))];
        UpdateTerm[] terms = [new("0", 0.4, 1), new("1", 0.599999, 1), new("2", 1e-6, 1)];
        AggregationOptions options = Given.Options() with { Method = TruncationMethod.Qr };

        NearlyAccurateSolution solution =
            new ModuleProblem(Given.Module, factors[0], new MemoryFactors(factors), terms, round: 1, options).Scalars;

        Assert.Equal(solved, solution.HalfSteps > 0);
        Assert.Equal(solved, solution.StartSquaredError > 0);
        if (!solved)
        {
            Assert.All(terms.Zip(solution.P), pair => Assert.Equal(pair.First.Share, pair.Second, tolerance: 1e-12));
            Assert.All(terms.Zip(solution.Q), pair => Assert.Equal(pair.First.Share, pair.Second, tolerance: 1e-12));
        }

        LoraFactors Factors(ulong seed)
        {
            LoraFactors made = Given.Factors(rank: 2, inputs: 12, outputs: 10, seed);
            for (int k = 0; k < made.Inputs; k++)
            {
                (made.A[0, k], made.A[1, k]) = (scale * made.A[0, k], (float)(scale * share * made.A[1, k]));
            }

            for (int o = 0; o < made.Outputs; o++)
            {
                made.B[o, 0] = 0;
            }

            return made;
        }
    }
}
