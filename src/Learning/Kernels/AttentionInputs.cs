namespace EdgeFlora.Learning.Kernels;

/// <summary>What attention works on: query, key and value [tokens × width], heads side by side in a row.</summary>
internal readonly ref struct AttentionInputs(
    ReadOnlySpan<float> query, ReadOnlySpan<float> key, ReadOnlySpan<float> value, int width, int heads, ReadOnlySpan<int> starts)
{
    public ReadOnlySpan<float> Query { get; } = query;

    public ReadOnlySpan<float> Key { get; } = key;

    public ReadOnlySpan<float> Value { get; } = value;

    public int Width { get; } = width;

    public int Heads { get; } = heads;

    /// <summary>First token of each sequence and the number of tokens: [sequences + 1].</summary>
    public ReadOnlySpan<int> Starts { get; } = starts;

    public int HeadWidth => Width / Heads;

    public float Scale => 1 / MathF.Sqrt(HeadWidth);
}
