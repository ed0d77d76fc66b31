namespace EdgeFlora.Learning.Kernels;

/// <summary>Queries of one sequence that are computed at once, and the keys that any of them sees: causal attention leaves out most of what is masked.</summary>
/// <param name="Row">First query, from the first of the call.</param>
/// <param name="Rows">Number of queries.</param>
/// <param name="Key">First key.</param>
/// <param name="Keys">Number of keys.</param>
internal readonly record struct AttentionBlock(int Row, int Rows, int Key, int Keys)
{
    // Enough rows for the matrix products to be worth packing; half a block in vain along the diagonal.
    private const int CausalRows = 64;

    /// <summary>Number of attention weights.</summary>
    public int Length => Rows * Keys;

    /// <summary>Blocks of a sequence of <paramref name="queries"/> queries.</summary>
    public static int Count(AttentionShape shape, int queries) => shape.Causal ? (queries + CausalRows - 1) / CausalRows : 1;

    /// <param name="queries">Queries of the sequence: its last tokens.</param>
    /// <param name="keys">Keys of the sequence: all of its tokens.</param>
    public static AttentionBlock At(AttentionShape shape, int queries, int keys, int index)
    {
        if (!shape.Causal)
        {
            return new AttentionBlock(0, queries, 0, keys);
        }

        int row = index * CausalRows;
        int rows = Math.Min(CausalRows, queries - row);
        int position = keys - queries + row;
        int first = shape.Window is { } window ? Math.Max(0, position - window + 1) : 0;
        return new AttentionBlock(row, rows, first, position + rows - first);
    }

    /// <summary>Which of the block's keys its query <paramref name="row"/> sees.</summary>
    public (int First, int Count) Seen(AttentionShape shape, int row)
    {
        if (!shape.Causal)
        {
            return (0, Keys);
        }

        // The last query of the block sees the last key.
        int end = Keys - (Rows - 1 - row);
        int first = shape.Window is { } window ? Math.Max(0, end - window) : 0;
        return (first, end - first);
    }
}
