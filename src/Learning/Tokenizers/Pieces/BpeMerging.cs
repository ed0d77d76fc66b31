namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>The merges of byte-pair encoding (arXiv 1508.07909), in n log n steps for n pieces.</summary>
internal static class BpeMerging
{
    private const int None = -1;

    /// <summary>Merges the pair of lowest rank, the leftmost of equals, until no pair merges.</summary>
    /// <param name="pieces">Ids from <paramref name="from"/> on; shortened in place.</param>
    /// <param name="from">Where the word begins.</param>
    /// <param name="merges">By the ids of both sides.</param>
    public static void Apply(List<int> pieces, int from, IReadOnlyDictionary<(int Left, int Right), BpeMerge> merges)
    {
        int count = pieces.Count - from;
        if (count < 2)
        {
            return;
        }

        int[] ids = [.. pieces[from..]];
        int[] next = new int[count];
        int[] previous = new int[count];
        var queue = new PriorityQueue<BpeMerge, (int Rank, int At)>();
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1 < count ? i + 1 : None;
            previous[i] = i - 1;
        }

        for (int i = 0; i < count; i++)
        {
            Enqueue(i);
        }

        while (queue.TryDequeue(out BpeMerge merge, out (int Rank, int At) place))
        {
            int left = place.At;

            // Either side may have become part of another piece since; the pair there now is then another, or none.
            if (ids[left] == None || next[left] is not (>= 0 and var right)
                || !merges.TryGetValue((ids[left], ids[right]), out BpeMerge current) || current != merge)
            {
                continue;
            }

            ids[left] = merge.Id;
            ids[right] = None;
            next[left] = next[right];
            if (next[right] >= 0)
            {
                previous[next[right]] = left;
                Enqueue(left);
            }

            if (previous[left] >= 0)
            {
                Enqueue(previous[left]);
            }
        }

        pieces.RemoveRange(from, count);
        pieces.AddRange(ids.Where(id => id != None));

        void Enqueue(int left)
        {
            if (next[left] >= 0 && merges.TryGetValue((ids[left], ids[next[left]]), out BpeMerge merge))
            {
                queue.Enqueue(merge, (merge.Rank, left));
            }
        }
    }
}
