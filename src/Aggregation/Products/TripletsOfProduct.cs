using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Singular triplets of one product B·A, in double precision.</summary>
internal static class TripletsOfProduct
{
    // σ below this fraction of the largest is what rounding of the factors to single precision makes of zero.
    private const double Smallest = 1e-9;

    public static SingularTriplets Of(LoraFactors factors)
    {
        OrthonormalRows left = OrthonormalRows.Of(DoubleMatrix.From(factors.B).Transpose());
        OrthonormalRows right = OrthonormalRows.Of(DoubleMatrix.From(factors.A));
        SingularValues core = SingularValues.Of(left.R.Transpose().Times(right.R));
        int rank = core.Sigma.Count(s => s > Smallest * core.Sigma[0]);
        return new SingularTriplets(
            core.U.Transpose().FirstRows(rank).Times(left.Q).ToSingles(),
            core.Sigma[..rank],
            core.Vt.FirstRows(rank).Times(right.Q).ToSingles());
    }
}
