namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Words as sequences of pieces, with the count of every pair of neighbours kept up to date while pairs are merged.</summary>
internal sealed class PairMerges
{
    private const string Continuation = "##";

    private readonly List<(string[] Pieces, int Count)> words = [];
    private readonly Dictionary<(string Left, string Right), int> counts = [];

    /// <summary>Words a pair occurred in when it was counted; merging may have removed it since.</summary>
    private readonly Dictionary<(string Left, string Right), HashSet<int>> places = [];

    /// <summary>Pairs by falling count, then ordinally; an entry is stale once the pair's count has changed.</summary>
    private readonly PriorityQueue<(string Left, string Right), (int Count, string Left, string Right)> queue = new(
        Comparer<(int Count, string Left, string Right)>.Create(Compare));

    public PairMerges(IEnumerable<(string[] Pieces, int Count)> words)
    {
        foreach ((string[] pieces, int count) in words)
        {
            this.words.Add((pieces, count));
            Tally(this.words.Count - 1, +1);
        }

        foreach ((string Left, string Right) pair in counts.Keys)
        {
            Enqueue(pair);
        }
    }

    /// <summary>
    /// Merges the most frequent pair everywhere and returns the new piece; null if no pair occurs <paramref name="minCount"/> times.
    /// </summary>
    public string? MergeBest(int minCount)
    {
        while (queue.TryDequeue(out (string Left, string Right) pair, out (int Count, string Left, string Right) rank))
        {
            if (counts.GetValueOrDefault(pair) != rank.Count)
            {
                continue;
            }

            return rank.Count < minCount ? null : Merge(pair);
        }

        return null;
    }

    private string Merge((string Left, string Right) pair)
    {
        string merged = pair.Left + pair.Right[Continuation.Length..];
        var changed = new HashSet<(string Left, string Right)>();
        foreach (int place in places[pair])
        {
            changed.UnionWith(Tally(place, -1));
            words[place] = words[place] with { Pieces = Merge(words[place].Pieces, pair, merged) };
            changed.UnionWith(Tally(place, +1));
        }

        places.Remove(pair);
        foreach ((string Left, string Right) other in changed)
        {
            Enqueue(other);
        }

        return merged;
    }

    private static string[] Merge(string[] pieces, (string Left, string Right) pair, string merged)
    {
        var result = new List<string>(pieces.Length);
        for (int i = 0; i < pieces.Length; i++)
        {
            if (i + 1 < pieces.Length && pieces[i] == pair.Left && pieces[i + 1] == pair.Right)
            {
                result.Add(merged);
                i++;
            }
            else
            {
                result.Add(pieces[i]);
            }
        }

        return [.. result];
    }

    /// <summary>Adds a word's pairs to the counts, or takes them away; returns the pairs.</summary>
    private List<(string Left, string Right)> Tally(int place, int sign)
    {
        (string[] pieces, int count) = words[place];
        var pairs = new List<(string Left, string Right)>();
        for (int i = 0; i + 1 < pieces.Length; i++)
        {
            (string Left, string Right) pair = (pieces[i], pieces[i + 1]);
            counts[pair] = counts.GetValueOrDefault(pair) + (sign * count);
            pairs.Add(pair);
            if (sign > 0)
            {
                if (!places.TryGetValue(pair, out HashSet<int>? at))
                {
                    places.Add(pair, at = []);
                }

                at.Add(place);
            }
        }

        return pairs;
    }

    private void Enqueue((string Left, string Right) pair)
    {
        if (counts[pair] is > 0 and var count)
        {
            queue.Enqueue(pair, (count, pair.Left, pair.Right));
        }
    }

    private static int Compare((int Count, string Left, string Right) x, (int Count, string Left, string Right) y)
    {
        int byCount = y.Count.CompareTo(x.Count);
        int byLeft = byCount != 0 ? byCount : string.CompareOrdinal(x.Left, y.Left);
        return byLeft != 0 ? byLeft : string.CompareOrdinal(x.Right, y.Right);
    }
}
