using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Tests.Data;

public sealed class PartitionTests
{
    private static readonly Example[] Examples = [.. Enumerable.Range(0, 1000).Select(i => new Example($"text {i}", null, i % 10))];

    [Fact]
    public void Every_way_deals_each_example_out_once_and_repeats_with_its_seed()
    {
        Func<ulong, IReadOnlyList<IReadOnlyList<Example>>>[] ways =
        [
            seed => Partition.Even(Examples, 7, seed),
            seed => Partition.Dirichlet(Examples, 7, 0.2, seed),
            seed => Partition.QuantitySkew(Examples, 7, 0.5, seed),
        ];

        foreach (Func<ulong, IReadOnlyList<IReadOnlyList<Example>>> way in ways)
        {
            IReadOnlyList<IReadOnlyList<Example>> parts = way(1);
            Assert.Equal(7, parts.Count);
            Assert.Equal(Examples.Select(e => e.Text).Order(), parts.SelectMany(part => part).Select(e => e.Text).Order());
            Assert.All(parts, part => Assert.NotEmpty(part));
            Assert.Equal(parts, way(1));
            Assert.NotEqual(parts, way(2));
        }
    }

    [Fact]
    public void Even_parts_differ_by_at_most_one_example()
    {
        IReadOnlyList<IReadOnlyList<Example>> parts = Partition.Even(Examples, 7, seed: 1);

        Assert.All(parts, part => Assert.InRange(part.Count, 142, 143));
    }

    [Fact]
    public void A_small_alpha_gives_agents_few_labels_and_a_large_one_all_alike()
    {
        double uneven = LargestLabelShare(Partition.Dirichlet(Examples, 10, 0.05, seed: 1));
        double even = LargestLabelShare(Partition.Dirichlet(Examples, 10, 1000, seed: 1));

        // With 10 labels of 100: at α = 1000 an agent's share of a label is 10 ± √(0.1·0.9/1001)·100·10 ≈ ±1, the largest share near 0.12;
        // at α = 0.05 most of each label goes to one agent.
        Assert.InRange(even, 0.1, 0.15);
        Assert.InRange(uneven, 0.4, 1);
    }

    [Fact]
    public void Quantity_skew_is_uneven_in_size_only()
    {
        IReadOnlyList<IReadOnlyList<Example>> parts = Partition.QuantitySkew(Examples, 5, 0.5, seed: 3);

        Assert.True(parts.Max(part => part.Count) > 2 * parts.Min(part => part.Count));
        IReadOnlyList<Example> largest = parts.MaxBy(part => part.Count)!;
        Assert.Equal(10, largest.Select(e => e.Label).Distinct().Count());
    }

    [Fact]
    public void An_alpha_so_small_that_it_underflows_still_deals_everything_out()
    {
        IReadOnlyList<IReadOnlyList<Example>> parts = Partition.Dirichlet(Examples, 4, 1e-300, seed: 1);

        Assert.Equal(1000, parts.Sum(part => part.Count));
        Assert.All(parts, part => Assert.NotEmpty(part));
    }

    [Fact]
    public void Keys_make_agents_in_ordinal_order()
    {
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Example>>> agents = Partition.ByKey(Examples[..4], ["b", "a", "B", "a"]);

        Assert.Equal(["B", "a", "b"], agents.Select(agent => agent.Key));
        Assert.Equal([Examples[1], Examples[3]], agents[1].Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void More_agents_than_examples_or_none_is_refused(int agents) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Partition.Even(Examples, agents, seed: 1));

    /// <summary>Mean over agents of the share of an agent's most frequent label.</summary>
    private static double LargestLabelShare(IReadOnlyList<IReadOnlyList<Example>> parts) =>
        parts.Average(part => part.GroupBy(e => e.Label).Max(g => g.Count()) / (double)part.Count);
}
