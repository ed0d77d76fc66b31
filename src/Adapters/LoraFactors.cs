using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters;

/// <summary>The two LoRA factors of one module: ΔW = scale · B·A with A [rank × inputs] and B [outputs × rank].</summary>
public sealed class LoraFactors
{
    /// <exception cref="ArgumentException">The ranks of the two factors differ, or a dimension is zero.</exception>
    public LoraFactors(Matrix a, Matrix b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Rows != b.Columns || a.Rows == 0 || a.Columns == 0 || b.Rows == 0)
        {
            throw new ArgumentException(
                $"A [{a.Rows}×{a.Columns}] and B [{b.Rows}×{b.Columns}] are no factors of one product: A is [rank × inputs], B is [outputs × rank].",
                nameof(b));
        }

        A = a;
        B = b;
    }

    /// <summary>[rank × inputs].</summary>
    public Matrix A { get; }

    /// <summary>[outputs × rank].</summary>
    public Matrix B { get; }

    public int Rank => A.Rows;

    public int Inputs => A.Columns;

    public int Outputs => B.Rows;

    public LoraFactors Clone() => new(A.Clone(), B.Clone());
}
