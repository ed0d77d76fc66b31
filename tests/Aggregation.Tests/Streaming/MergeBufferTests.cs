using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Streaming;

namespace EdgeFlora.Aggregation.Tests.Streaming;

public sealed class MergeBufferTests
{
    // Factors are rounded to single precision at every cut.
    private const double Rounding = 1e-5;

    [Fact]
    public void Nothing_is_lost_while_the_kept_rank_holds_all_directions()
    {
        (LoraFactors[] terms, double[,] sum) = Terms(count: 6, rank: 3);
        var buffer = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 18);
        foreach (LoraFactors term in terms)
        {
            buffer.Add(term, 1);
        }

        Assert.InRange(DenseReference.Error(buffer.Sum(), sum), 0, Rounding);
        Assert.InRange(buffer.ErrorBound / DenseReference.Length(sum), 0, Rounding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void What_is_lost_stays_within_the_reported_bound_in_a_row_and_in_a_tree(int leaves)
    {
        (LoraFactors[] terms, double[,] sum) = Terms(count: 16, rank: 3);
        var root = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 8);
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            var buffer = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 8);
            foreach (LoraFactors term in terms.Where((_, i) => i % leaves == leaf))
            {
                buffer.Add(term, 1);
            }

            root.Merge(buffer);
        }

        LoraFactors kept = root.Sum();
        double error = DenseReference.Error(kept, sum) * DenseReference.Length(sum);
        Assert.Equal(8, kept.Rank);
        Assert.InRange(error, 1e-3 * root.ErrorBound, root.ErrorBound);
    }

    [Fact]
    public void A_term_of_another_shape_is_refused()
    {
        var buffer = new MergeBuffer(outputs: 20, inputs: 25, keptRank: 8);

        Assert.Throws<ArgumentException>(() => buffer.Add(Given.Factors(2, 24, 20, seed: 1), 1));
    }

    private static (LoraFactors[] Terms, double[,] Sum) Terms(int count, int rank)
    {
        LoraFactors[] terms = [.. Enumerable.Range(0, count).Select(i => Given.Factors(rank, inputs: 24, outputs: 20, seed: (ulong)(40 + i)))];
        double[,] sum = new double[20, 24];
        foreach (LoraFactors term in terms)
        {
            DenseReference.Add(sum, DenseReference.Product(term), 1);
        }

        return (terms, sum);
    }
}
