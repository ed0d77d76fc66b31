using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>
/// Splits a product anew into factors that are no longer than the product makes them, turned as near to the broadcast ones as a rotation brings them.
/// </summary>
internal static class BoundedSplit
{
    /// <summary>Above this length a B is not worth having: single precision could not hold sums of it.</summary>
    public const double MostLength = 1e30;

    /// <summary>How long B comes out: ‖product‖ over the length of a row of the broadcast A.</summary>
    public static double LengthOfB(LoraFactors factors, LoraFactors broadcast) =>
        Math.Sqrt(ProductGeometry.Energy(factors) * broadcast.Rank / Gram.OfRows(broadcast.A).Trace());

    /// <summary>
    /// Factors with the same product: ‖A‖ is about that of the broadcast A, and ‖B‖ about ‖product‖·√rank / ‖A‖. A product of zero gives the
    /// broadcast A and a B of zeros.
    /// </summary>
    public static LoraFactors Of(LoraFactors factors, LoraFactors broadcast)
    {
        int rank = Math.Max(factors.Rank, broadcast.Rank);
        LoraFactors reference = Padding.ToRank(broadcast, rank);
        SingularTriplets product = TripletsOfProduct.Of(factors);
        if (product.Count == 0 || !(product.Sigma[0] > 0))
        {
            return new LoraFactors(reference.A.Clone(), new Adapters.Matrices.Matrix(factors.Outputs, rank));
        }

        return Turned(GaugeFixing.Split(product, rank, Gauge.Principal, broadcast), reference);
    }

    // (B·Oᵀ, O·A) with the orthogonal O nearest to A_ref·Aᵀ (Schönemann 1966).
    private static LoraFactors Turned(LoraFactors split, LoraFactors reference)
    {
        SingularValues parts = SingularValues.Of(Gram.OfRows(reference.A, split.A));
        // Without a full set of directions the best rotation is not unique; any split is as good.
        if (!(parts.Sigma[^1] > 1e-12 * parts.Sigma[0]))
        {
            return split;
        }

        DoubleMatrix rotation = parts.U.Times(parts.Vt);
        return new LoraFactors(
            rotation.Times(DoubleMatrix.From(split.A)).ToSingles(),
            DoubleMatrix.From(split.B).TimesTransposed(rotation).ToSingles());
    }
}
