using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
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
    [Trait("Invariant", "10")]
    public void A_tree_that_holds_all_directions_is_exact()
    {
        (LoraFactors[] terms, double[,] sum) = Terms(count: 6, rank: 3);
        var root = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 18);
        foreach (LoraFactors[] leaf in terms.Chunk(2))
        {
            var buffer = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 18);
            Array.ForEach(leaf, term => buffer.Add(term, 1));
            root.Merge(buffer);
        }

        Assert.InRange(DenseReference.Error(root.Sum(), sum), 0, Rounding);
        Assert.InRange(root.ErrorBound / DenseReference.Length(sum), 0, Rounding);
    }

    [Theory]
    [InlineData(1, 1.01)]
    [InlineData(7, 1.02)]
    public void Twice_the_wanted_rank_is_enough_to_come_near_the_bound_whatever_the_number_of_agents(int leaves, double most)
    {
        const int Rank = 8;
        (LoraAdapter broadcast, Update[] updates) = new TableRound(64, Agents: 100, Rank, Drift: 3, Later: false, Heterogeneous: true).Make();
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        double total = updates.Sum(update => update.Weight);
        var root = new MergeBuffer(64, 64, keptRank: 2 * Rank);
        foreach (Update[] leaf in updates.Chunk((updates.Length + leaves - 1) / leaves))
        {
            var buffer = new MergeBuffer(64, 64, keptRank: 2 * Rank);
            Array.ForEach(leaf, update => buffer.Add(update.Adapter.Modules[Given.Module], update.Weight / total));
            root.Merge(buffer);
        }

        LoraFactors sum = root.Sum();
        double error = DenseReference.Error(TripletsOfProduct.Of(sum).First(Rank).ToFactors(), ideal);
        double bound = DenseReference.Bound(ideal, Rank);

        Assert.InRange(error / bound, 1 - 1e-6, most);
        // What a node reports bounds what all cuts together lost, and the published error with it.
        double lost = DenseReference.Distance(DenseReference.Product(sum), ideal);
        Assert.InRange(lost, 0, root.ErrorBound);
        Assert.InRange(error * DenseReference.Length(ideal), 0, (bound * DenseReference.Length(ideal)) + (2 * root.ErrorBound));
    }

    [Theory]
    [InlineData(1e30f, 1e30f)]
    [InlineData(1e-30f, 1e-30f)]
    public void Sums_far_from_one_keep_their_digits(float a, float b)
    {
        LoraFactors[] terms = [.. Terms(count: 16, rank: 3).Terms.Select(term => Given.Times(Given.Single(term), a, b).Modules[Given.Module])];
        double[,] sum = new double[20, 24];
        var buffer = new MergeBuffer(outputs: 20, inputs: 24, keptRank: 20);
        foreach (LoraFactors term in terms)
        {
            buffer.Add(term, 1);
            DenseReference.Add(sum, DenseReference.Product(term), 1);
        }

        Assert.InRange(DenseReference.Error(buffer.Sum(), sum), 0, Rounding);
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
