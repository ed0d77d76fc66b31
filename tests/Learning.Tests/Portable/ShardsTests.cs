using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class ShardsTests
{
    [Theory]
    [InlineData(8, 1, 3, 3, 3, 1, 9, 2, 4, 20, 1)]
    [InlineData(100, 5, 5)]
    [InlineData(1, 50)]
    [InlineData(10, 100, 1, 1)]
    public void Each_sequence_falls_into_one_shard_and_no_shard_is_empty(int tokensPerShard, params int[] lengths)
    {
        int[][] sequences = [.. lengths.Select(length => new int[length])];
        var shards = new Shards(tokensPerShard);

        shards.Cut(sequences, [.. Enumerable.Range(0, lengths.Length)]);

        int next = 0;
        for (int i = 0; i < shards.Count; i++)
        {
            (int offset, int count) = shards[i].GetOffsetAndLength(lengths.Length);
            Assert.Equal(next, offset);
            Assert.True(count > 0);
            next += count;
        }

        Assert.Equal(lengths.Length, next);
        Assert.True(shards.Count <= (lengths.Sum() + tokensPerShard - 1) / tokensPerShard);
    }

    [Fact]
    public void Sequences_of_one_length_are_cut_into_equal_parts()
    {
        int[][] sequences = [.. Enumerable.Range(0, 12).Select(_ => new int[10])];
        var shards = new Shards(40);

        shards.Cut(sequences, [.. Enumerable.Range(0, 12)]);

        Assert.Equal([0..4, 4..8, 8..12], Enumerable.Range(0, shards.Count).Select(i => shards[i]));
    }
}
