using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>Splits a product given by singular triplets into factors of a wanted rank, in a wanted gauge.</summary>
/// <remarks>
/// A keeps full row rank in every gauge. If row j of A and column j of B were both zero, neither would ever get a gradient again;
/// so missing and tiny directions get rows of the reference A orthogonalised against the others, with a zero or tiny column in B.
/// </remarks>
internal static class GaugeFixing
{
    // Below this fraction of the largest singular value a direction keeps a row of this length in A, and B takes up the difference.
    private const double Floor = 1e-3;

    // An anchoring transformation worse conditioned than this would blow up rounding; the principal gauge is used instead.
    private const double WorstCondition = 1e4;

    /// <summary>Factors A [rank × inputs], B [outputs × rank] with B·A = Σ σᵢuᵢvᵢᵀ.</summary>
    /// <param name="product">At most <paramref name="rank"/> triplets.</param>
    /// <param name="reference">Mean of the agents' factors: the anchor, the source of missing rows and of the length τ.</param>
    /// <param name="rowLength">τ, the length of A's rows in the principal gauge; by default that of the reference's.</param>
    public static LoraFactors Split(SingularTriplets product, int rank, Gauge gauge, LoraFactors reference, double? rowLength = null)
    {
        DoubleMatrix u = DoubleMatrix.From(product.Left);
        DoubleMatrix v = DoubleMatrix.From(product.Right);
        if (gauge == Gauge.Anchored && reference.Rank == rank && Anchored(u, product.Sigma, v, DoubleMatrix.From(reference.A)) is { } anchored)
        {
            return anchored;
        }

        DoubleMatrix rows = CompletedRows.Of(v, rank, DoubleMatrix.From(reference.A));
        double tau = rowLength ?? RowLength(reference, rank);
        double largest = product.Count > 0 ? product.Sigma[0] : 0;
        var b = new DoubleMatrix(reference.Outputs, rank);
        for (int i = 0; i < rank; i++)
        {
            double sigma = i < product.Count ? product.Sigma[i] : 0;
            double length = gauge == Gauge.Balanced && largest > 0 ? Math.Sqrt(Math.Max(sigma, Floor * largest)) : tau;
            TensorPrimitives.Multiply(rows.Row(i), length, rows.Row(i));
            if (sigma > 0)
            {
                for (int o = 0; o < b.Rows; o++)
                {
                    b[o, i] = sigma / length * u[i, o];
                }
            }
        }

        return new LoraFactors(rows.ToSingles(), b.ToSingles());
    }

    /// <summary>Root mean square length of the reference's rows of A; 1 where they are all zero.</summary>
    private static double RowLength(LoraFactors reference, int rank)
    {
        double length = Math.Sqrt(Gram.OfRows(reference.A).Trace() / Math.Min(rank, reference.Rank));
        return length > 0 ? length : 1;
    }

    // With M = Ā·V: A = M·Vᵀ + Π·Ā(I − VVᵀ), B = U·Σ·M⁺, where Π projects away from the range of M, so that the second part of A adds nothing to B·A.
    private static LoraFactors? Anchored(DoubleMatrix u, double[] sigma, DoubleMatrix v, DoubleMatrix mean)
    {
        if (sigma.Length == 0)
        {
            return null;
        }

        DoubleMatrix m = mean.TimesTransposed(v);
        SingularValues parts = SingularValues.Of(m);
        if (!(parts.Sigma[^1] * WorstCondition > parts.Sigma[0]))
        {
            return null;
        }

        // M⁺ᵀ = X·S⁻¹·Yᵀ [r × n] of M = X·S·Yᵀ; B = U·Σ·M⁺ is its rows mixed.
        int n = sigma.Length;
        var inverse = new DoubleMatrix(n, n);
        for (int i = 0; i < n; i++)
        {
            TensorPrimitives.Divide(parts.Vt.Row(i), parts.Sigma[i], inverse.Row(i));
        }

        DoubleMatrix pseudo = parts.U.FirstColumns(n).Times(inverse);
        for (int i = 0; i < pseudo.Rows; i++)
        {
            TensorPrimitives.Multiply(pseudo.Row(i), sigma, pseudo.Row(i));
        }

        DoubleMatrix b = pseudo.Times(u).Transpose();
        DoubleMatrix along = m.Times(v);
        DoubleMatrix rest = mean.Clone();
        TensorPrimitives.Subtract(rest.Values, along.Values, rest.Values);
        DoubleMatrix range = parts.U.FirstColumns(n).Transpose();
        DoubleMatrix inRange = range.Transpose().Times(range.Times(rest));
        TensorPrimitives.Subtract(rest.Values, inRange.Values, rest.Values);
        TensorPrimitives.Add(along.Values, rest.Values, along.Values);
        return new LoraFactors(along.ToSingles(), b.ToSingles());
    }
}
