namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// What an outer product takes in beside, tile by tile: <see cref="Row"/> [n] (null for none) before the first step, H [m × <see cref="K"/>] · G [K ×
/// n] after the last.
/// </summary>
internal readonly unsafe struct Addend(float* row, nint k, Strided h, Strided g)
{
    public float* Row => row;

    /// <summary>Steps; 0 for none.</summary>
    public nint K => k;

    public Strided H => h;

    public Strided G => g;
}
