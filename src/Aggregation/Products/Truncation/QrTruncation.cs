using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>
/// All triplets exactly: [c₁B₁ … c_UB_U] = Q_B·R_B, [A₁; …; A_U] = R_A·Q_A, and the singular values of R_B·R_A, in double precision.
/// </summary>
/// <remarks>
/// About 2(outputs + inputs)·(Σr)² + 24·(Σr)³ operations and (outputs + inputs)·Σr values: for small sums of ranks, and the judge of the other
/// methods.
/// </remarks>
internal static class QrTruncation
{
    public static TruncatedUpdate Of(IdealUpdate update)
    {
        int total = update.TotalRank;
        var columns = new DoubleMatrix(total, update.Outputs);
        var rows = new DoubleMatrix(total, update.Inputs);
        update.ForEachBatch((first, batch) =>
        {
            int at = Enumerable.Range(0, first).Sum(update.Source.RankOf);
            for (int i = 0; i < batch.Length; i++)
            {
                LoraFactors factors = batch[i];
                for (int r = 0; r < factors.Rank; r++, at++)
                {
                    for (int o = 0; o < update.Outputs; o++)
                    {
                        columns[at, o] = update.Coefficients[first + i] * factors.B[o, r];
                    }

                    Span<float> row = factors.A.Row(r);
                    for (int k = 0; k < update.Inputs; k++)
                    {
                        rows[at, k] = row[k];
                    }
                }
            }
        });

        OrthonormalRows left = OrthonormalRows.Of(columns);
        OrthonormalRows right = OrthonormalRows.Of(rows);
        // Row s of R_B and of R_A belong to the same direction s, so the core is their product over s.
        SingularValues core = SingularValues.Of(left.R.Transpose().Times(right.R));
        double energy = core.Sigma.Sum(s => s * s);
        int rank = core.Sigma.Count(s => s > 1e-14 * core.Sigma[0]);
        return new TruncatedUpdate(
            new SingularTriplets(
                core.U.Transpose().FirstRows(rank).Times(left.Q).ToSingles(),
                core.Sigma[..rank],
                core.Vt.FirstRows(rank).Times(right.Q).ToSingles()),
            energy,
            EnergyMargin: 0,
            Estimated: false,
            StartImages: null,
            TruncationMethod.Qr);
    }
}
