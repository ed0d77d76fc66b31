using System.Numerics.Tensors;
using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Lengths and angles of LoRA products B·A under the Frobenius norm, computed without forming a product.</summary>
public static class ProductGeometry
{
    /// <summary>The inner product ⟨BₓAₓ, BᵧAᵧ⟩, summed in double precision.</summary>
    /// <remarks>⟨BₓAₓ, BᵧAᵧ⟩ = Σᵢⱼ (BₓᵀBᵧ)ᵢⱼ·(AₓAᵧᵀ)ᵢⱼ: rₓ·rᵧ·(inputs + outputs) multiply-adds, no [outputs × inputs] matrix.</remarks>
    /// <param name="x">Factors A [rₓ × inputs], B [outputs × rₓ].</param>
    /// <param name="y">Factors A [rᵧ × inputs], B [outputs × rᵧ]; the ranks may differ.</param>
    /// <exception cref="ArgumentException">The products have different shapes.</exception>
    public static double InnerProduct(LoraFactors x, LoraFactors y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Inputs != y.Inputs || x.Outputs != y.Outputs)
        {
            throw new ArgumentException($"Products differ in shape: [{x.Outputs}×{x.Inputs}] and [{y.Outputs}×{y.Inputs}].", nameof(y));
        }

        return Gram.OfColumns(x.B, y.B).InnerProduct(Gram.OfRows(x.A, y.A));
    }

    /// <summary>‖B·A‖².</summary>
    public static double Energy(LoraFactors factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        return Gram.OfColumns(factors.B).InnerProduct(Gram.OfRows(factors.A));
    }

    /// <summary>‖s·BA − t·B′A′‖²: how far two products of one shape are apart.</summary>
    /// <remarks>Written as sB·(A − A′) + (sB − tB′)·A′ when the ranks agree, so that a small change of large factors keeps its digits.</remarks>
    /// <exception cref="ArgumentException">The products have different shapes.</exception>
    public static double SquaredDistance(LoraFactors x, double scaleX, LoraFactors y, double scaleY)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Rank != y.Rank)
        {
            double apart = (scaleX * scaleX * Energy(x)) + (scaleY * scaleY * Energy(y)) - (2 * scaleX * scaleY * InnerProduct(x, y));
            return Math.Max(0, apart);
        }

        double unit = UnitFor(x, y);
        LoraFactors first = new(Difference.Of(x.A, unit, y.A, unit), x.B);
        LoraFactors second = new(y.A, Difference.Of(x.B, scaleX * unit, y.B, scaleY * unit));
        return Math.Max(0, (scaleX * scaleX * Energy(first)) + Energy(second) + (2 * scaleX * InnerProduct(first, second))) / (unit * unit);
    }

    // Differences of values near the largest there are would be infinite, and an infinite change no longer comparable with others.
    private static double UnitFor(LoraFactors x, LoraFactors y)
    {
        const float Large = 1e30f;
        bool usual = new[] { x.A, x.B, y.A, y.B }.All(matrix => Math.Abs(TensorPrimitives.MaxMagnitude<float>(matrix.Values)) < Large);
        return usual ? 1 : Math.ScaleB(1, -40);
    }
}
