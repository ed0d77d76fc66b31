namespace EdgeFlora.Learning.Portable;

/// <summary>Cuts a list of sequences into runs of about equally many tokens. The cut depends on the lengths alone, never on the machine.</summary>
internal sealed class Shards(int tokensPerShard)
{
    private int[] ends = new int[16];

    public int Count { get; private set; }

    /// <summary>The sequences of one shard, as places in the list that was cut.</summary>
    public Range this[int shard] => new(shard == 0 ? 0 : ends[shard - 1], ends[shard]);

    /// <summary>Tokens of the shards that threads work on at once, for a batch of sequences of one length.</summary>
    public static long MostTokensAtOnce(int sequences, int length, int threads, int tokensPerShard)
    {
        long count = CountOf(sequences, (long)sequences * length, tokensPerShard);
        return Math.Min(threads, count) * ((sequences + count - 1) / count) * length;
    }

    /// <summary>
    /// Most sequences of the greatest length whose tokens a shard can hold. A cut comes as soon as a shard has its part of the tokens: it may lack
    /// one
    /// token of it and get one sequence more.
    /// </summary>
    public static int LargestShard(int sequences, int length, int tokensPerShard)
    {
        long all = (long)sequences * length;
        long most = all <= tokensPerShard ? all : Math.Min(all, Math.Max(tokensPerShard, length) + length - 1L);
        return (int)((most + length - 1) / length);
    }

    /// <param name="sequences">All sequences of the data set.</param>
    /// <param name="chosen">Those to cut, in order; at least one.</param>
    public void Cut(IReadOnlyList<int[]> sequences, ReadOnlySpan<int> chosen)
    {
        long tokens = 0;
        foreach (int index in chosen)
        {
            tokens += sequences[index].Length;
        }

        int count = (int)CountOf(chosen.Length, tokens, tokensPerShard);
        if (ends.Length < count)
        {
            ends = new int[count];
        }

        Count = 0;
        long seen = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            seen += sequences[chosen[i]].Length;
            if (seen * count >= tokens * (Count + 1))
            {
                ends[Count++] = i + 1;
            }
        }
    }

    private static long CountOf(int sequences, long tokens, int tokensPerShard) =>
        Math.Min(sequences, (tokens + tokensPerShard - 1) / tokensPerShard);
}
