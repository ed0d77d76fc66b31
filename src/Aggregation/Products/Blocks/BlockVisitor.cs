namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>
/// Work on a block of <see cref="FactorRows"/> while it is in the cache; the blocks of a slice come in order, those of different slices at the same
/// time.
/// </summary>
internal delegate void BlockVisitor(int slice, ReadOnlySpan<float> block, int columns);
