namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>Pieces in ordinal order, searched for all that begin a text.</summary>
internal sealed class SortedPieces
{
    private readonly string[] pieces;
    private readonly int[] ids;

    public SortedPieces(IEnumerable<KeyValuePair<string, int>> pieces)
    {
        KeyValuePair<string, int>[] sorted = [.. pieces.OrderBy(piece => piece.Key, StringComparer.Ordinal)];
        this.pieces = [.. sorted.Select(piece => piece.Key)];
        ids = [.. sorted.Select(piece => piece.Value)];
    }

    /// <summary>Puts the pieces that <paramref name="text"/> begins with into <paramref name="found"/>, the shortest first.</summary>
    /// <param name="text">What they should begin.</param>
    /// <param name="found">Emptied first; lengths in UTF-16 units.</param>
    public void Find(ReadOnlySpan<char> text, List<(int Length, int Id)> found)
    {
        found.Clear();
        int low = 0;
        int high = pieces.Length;
        for (int depth = 0; depth < text.Length && low < high; depth++)
        {
            // All of low … high − 1 agree with the text up to here; the one that ends here, if any, comes first.
            low = Bound(low, high, depth, text[depth]);
            high = Bound(low, high, depth, text[depth] + 1);
            if (low < high && pieces[low].Length == depth + 1)
            {
                found.Add((depth + 1, ids[low]));
            }
        }
    }

    /// <summary>
    /// The first piece of a range whose unit at <paramref name="depth"/> is at least <paramref name="unit"/>; ended pieces come before all.
    /// </summary>
    private int Bound(int low, int high, int depth, int unit)
    {
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            int there = depth < pieces[middle].Length ? pieces[middle][depth] : -1;
            if (there < unit)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
