using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>A change of gauge, A′ = G·A and B′ = B·G⁻¹, that keeps the product.</summary>
/// <param name="G">[rank × rank].</param>
/// <param name="Inverse">G⁻¹.</param>
internal sealed record GaugeTurn(DoubleMatrix G, DoubleMatrix Inverse)
{
    private const double WorstCondition = 1e5;

    /// <summary>The turn that brings A nearest to the reference A: G = A_ref·Aᵀ·(A·Aᵀ)⁻¹; null where A or G is too near to singular.</summary>
    public static GaugeTurn? Towards(LoraFactors reference, LoraFactors factors)
    {
        // [rank × rank] throughout: a decomposition of A itself would take longer than all other work on an agent.
        SingularValues square = SingularValues.Of(Gram.OfRows(factors.A));
        if (!(square.Sigma[^1] * WorstCondition * WorstCondition > square.Sigma[0]))
        {
            return null;
        }

        DoubleMatrix g = Gram.OfRows(reference.A, factors.A).Times(Inverted(square));
        SingularValues parts = SingularValues.Of(g);
        return parts.Sigma[^1] * WorstCondition > parts.Sigma[0] ? new GaugeTurn(g, Inverted(parts)) : null;
    }

    /// <summary>The factors in the other gauge.</summary>
    public LoraFactors Of(LoraFactors factors) =>
        new(G.Times(DoubleMatrix.From(factors.A)).ToSingles(), DoubleMatrix.From(factors.B).Times(Inverse).ToSingles());

    // V·S⁻¹·Uᵀ of U·S·Vᵀ.
    private static DoubleMatrix Inverted(SingularValues parts)
    {
        DoubleMatrix v = parts.Vt.Transpose();
        for (int i = 0; i < v.Rows; i++)
        {
            TensorPrimitives.Divide(v.Row(i), parts.Sigma, v.Row(i));
        }

        return v.TimesTransposed(parts.U);
    }
}
