namespace EdgeFlora.Adapters.Matrices;

/// <summary>
/// What a product C = A·op(W) takes in beside, tile by tile while the tile is in the nearest cache: C = row + A·op(W) + H·op(G).
/// A linear layer's bias is such a row, and LoRA's update such a product of few steps.
/// </summary>
/// <param name="row">[n], added to every row of C; empty for none.</param>
/// <param name="rank">Steps of H·op(G); 0 for none.</param>
/// <param name="inner">H [m × rank], without gaps.</param>
/// <param name="outer">G [rank × n], or [n × rank] when <paramref name="transposeOuter"/>, without gaps.</param>
public readonly ref struct ProductAddition(
    ReadOnlySpan<float> row, int rank = 0, ReadOnlySpan<float> inner = default, ReadOnlySpan<float> outer = default, bool transposeOuter = false)
{
    public ReadOnlySpan<float> Row { get; } = row;

    public int Rank { get; } = rank;

    public ReadOnlySpan<float> Inner { get; } = inner;

    public ReadOnlySpan<float> Outer { get; } = outer;

    public bool TransposeOuter { get; } = transposeOuter;
}
