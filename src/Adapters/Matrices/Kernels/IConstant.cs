namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>A number known when a kernel is compiled, so that loops over it unroll and branches on it vanish.</summary>
internal interface IConstant
{
    static abstract int Value { get; }
}
