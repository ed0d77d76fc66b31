namespace EdgeFlora.Learning.Kernels;

/// <summary>What attention works on: query [tokens × heads·width], key and value [tokens × keyHeads·width], heads side by side in a row.</summary>
/// <param name="starts">First query of each sequence and the number of queries: [sequences + 1].</param>
/// <param name="keyStarts">
/// The same for keys. A sequence has as many keys as queries, or more when its first tokens were computed before: its queries are then its last tokens.
/// </param>
internal readonly ref struct AttentionInputs(
    ReadOnlySpan<float> query,
    ReadOnlySpan<float> key,
    ReadOnlySpan<float> value,
    int headWidth,
    AttentionShape shape,
    ReadOnlySpan<int> starts,
    ReadOnlySpan<int> keyStarts)
{
    public ReadOnlySpan<float> Query { get; } = query;

    public ReadOnlySpan<float> Key { get; } = key;

    public ReadOnlySpan<float> Value { get; } = value;

    public AttentionShape Shape { get; } = shape;

    public ReadOnlySpan<int> Starts { get; } = starts;

    public ReadOnlySpan<int> KeyStarts { get; } = keyStarts;

    public int HeadWidth { get; } = headWidth;

    /// <summary>Values in a row of the query.</summary>
    public int Width => Shape.Heads * HeadWidth;

    /// <summary>Values in a row of key and value.</summary>
    public int KeyWidth => Shape.KeyHeads * HeadWidth;

    public float Scale => 1 / MathF.Sqrt(HeadWidth);

    public int Sequences => Starts.Length - 1;

    /// <summary>First value of a block's queries in one head.</summary>
    public int QueryAt(int sequence, int head, AttentionBlock block) => ((Starts[sequence] + block.Row) * Width) + (head * HeadWidth);

    /// <summary>First value of a block's keys in the head that a query head shares.</summary>
    public int KeyAt(int sequence, int head, AttentionBlock block) =>
        ((KeyStarts[sequence] + block.Key) * KeyWidth) + (head / (Shape.Heads / Shape.KeyHeads) * HeadWidth);
}
