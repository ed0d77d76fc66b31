namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>A product to be timed: C [m × n] = op(A)·op(B), and where a training step meets it.</summary>
internal sealed record Shape(string Use, int M, int N, int K, bool TransposeA = false, bool TransposeB = false, bool Accumulate = false)
{
    /// <summary>What a LoRA step on a small encoder multiplies: d and f are the model's widths, r the rank.</summary>
    public static IReadOnlyList<Shape> All { get; } =
    [
        new("linear forward, 384 → 1536", 1024, 1536, 384, TransposeB: true),
        new("linear forward, 1536 → 384", 1024, 384, 1536, TransposeB: true),
        new("linear backward, 1536 → 384", 1024, 384, 1536),
        new("linear backward, 384 → 1536", 1024, 1536, 384),
        new("weight gradient, 384 × 1536", 384, 1536, 1024, TransposeA: true),
        new("linear forward, 384 → 384", 1024, 384, 384, TransposeB: true),
        new("linear backward, 384 → 384", 1024, 384, 384),
        new("linear forward, few tokens", 200, 768, 768, TransposeB: true),
        new("linear forward, narrow", 200, 192, 192, TransposeB: true),
        new("square", 1024, 1024, 1024),
        new("LoRA, x·Aᵀ, rank 16", 4096, 16, 4096, TransposeB: true),
        new("LoRA, y·B, rank 16", 4096, 16, 4096),
        new("LoRA, hᵀ·x, rank 16", 16, 4096, 4096, TransposeA: true),
        new("LoRA, yᵀ·h, rank 16", 4096, 16, 4096, TransposeA: true),
        new("LoRA, h·Bᵀ, rank 16", 4096, 4096, 16, TransposeB: true),
        new("LoRA, h·A, rank 16", 4096, 4096, 16, Accumulate: true),
        new("LoRA, x·Aᵀ, rank 8", 1024, 8, 384, TransposeB: true),
        new("LoRA, y·B, rank 8", 1024, 8, 384),
        new("LoRA, hᵀ·x, rank 8", 8, 384, 1024, TransposeA: true),
        new("LoRA, yᵀ·h, rank 8", 384, 8, 1024, TransposeA: true),
        new("LoRA, h·Bᵀ, rank 8", 1024, 384, 8, TransposeB: true, Accumulate: true),
        new("LoRA, h·A, rank 8", 1024, 384, 8, Accumulate: true),
        new("attention, q·kᵀ, 64 tokens, head 32", 64, 64, 32, TransposeB: true),
        new("attention, p·v, 64 tokens, head 32", 64, 32, 64),
        new("attention, pᵀ·y, 64 tokens, head 32", 64, 32, 64, TransposeA: true),
        new("attention, q·kᵀ, 16 tokens, head 64", 16, 16, 64, TransposeB: true),
        new("attention, p·v, 16 tokens, head 64", 16, 64, 16),
        new("one token, 768 → 768", 1, 768, 768, TransposeB: true),
    ];

    public int Lda => TransposeA ? M : K;

    public int Ldb => TransposeB ? K : N;

    /// <summary>Floating-point operations of one product.</summary>
    public double Work => 2.0 * M * N * K;

    /// <summary>Bytes of the three matrices.</summary>
    public double Bytes => sizeof(float) * (((double)M * K) + ((double)K * N) + ((double)M * N));

    public override string ToString() =>
        $"{M} × {N} × {K} {(TransposeA ? 'T' : 'N')}{(TransposeB ? 'T' : 'N')}{(Accumulate ? "+" : "")} ({Use})";
}
