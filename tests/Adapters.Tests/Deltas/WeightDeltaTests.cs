using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Deltas;

public sealed class WeightDeltaTests
{
    private const int Outputs = 12;
    private const int Inputs = 10;

    // A dozen products of numbers below 1, summed in single precision.
    private const double Rounding = 1e-5;

    [Fact]
    public void Sums_of_products_are_exact_and_never_larger_than_the_weight()
    {
        double[,] expected = new double[Outputs, Inputs];
        WeightDelta? sum = null;
        for (int round = 0; round < 6; round++)
        {
            LoraFactors product = Given.Factors(rank: 2, Inputs, Outputs, seed: round);
            sum = sum is null ? WeightDelta.Of(product, 0.5f) : sum.Plus(product, 0.5f);
            Given.Add(expected, product, 0.5);
            int rank = 2 * (round + 1);

            // Rank 4 takes 88 values, rank 6 takes 132; the weight has 120.
            Assert.Equal(rank <= 4, sum.Factors is not null);
            Assert.Equal(rank <= 4 ? rank : null, sum.Factors?.Rank);
            Assert.Equal(rank > 4, sum.Full is not null);
            Given.AssertNear(expected, sum.ToMatrix(), Rounding);
        }
    }

    [Fact]
    public void A_product_larger_than_the_weight_is_kept_in_full_at_once() =>
        Assert.NotNull(WeightDelta.Of(Given.Factors(rank: 6, Inputs, Outputs, seed: 1), 1).Full);

    [Fact]
    public void Adding_changes_a_weight_by_the_product_and_leaves_the_summands_alone()
    {
        LoraFactors product = Given.Factors(rank: 2, Inputs, Outputs, seed: 3);
        float[] before = [.. product.B.Values];
        var delta = WeightDelta.Of(product, 2);
        float[] weight = [.. Enumerable.Range(0, Outputs * Inputs).Select(i => i / 7f)];
        double[,] expected = new double[Outputs, Inputs];
        for (int i = 0; i < weight.Length; i++)
        {
            expected[i / Inputs, i % Inputs] = weight[i];
        }

        delta.AddTo(weight);

        Given.Add(expected, product, 2);
        Given.AssertNear(expected, new Matrix(Outputs, Inputs, weight), Rounding);
        Assert.Equal(before, product.B.Values.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_both_shapes()
    {
        var delta = WeightDelta.Of(Given.Factors(rank: 2, Inputs, Outputs, seed: 3), 1);

        Assert.Contains(
            "[12×9]", Assert.Throws<ArgumentException>(() => delta.Plus(Given.Factors(2, 9, Outputs, seed: 1), 1)).Message, StringComparison.Ordinal);
        Assert.Contains("119 values", Assert.Throws<ArgumentException>(() => delta.AddTo(new float[119])).Message, StringComparison.Ordinal);
    }
}
