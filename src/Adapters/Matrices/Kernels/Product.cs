namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// C [m × n] = A [m × k] · B [k × n], plus C when <see cref="Accumulate"/>; transposes are a matter of strides. A is in single precision. An
/// <see cref="Addend"/> goes with outer products that are not turned.
/// </summary>
internal readonly record struct Product(nint M, nint N, nint K, Operand A, Operand B, Strided C, bool Accumulate, Addend Addend = default)
{
    /// <summary>The same product as Cᵀ = Bᵀ·Aᵀ.</summary>
    public Product Transposed => new(N, M, K, B.Transposed, A.Transposed, C.Transposed, Accumulate);
}
