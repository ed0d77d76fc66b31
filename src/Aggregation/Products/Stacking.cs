using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>A sum of products as one product of stacked factors, exactly: Σ cᵤBᵤAᵤ = [c₁B₁ … c_UB_U]·[A₁; …; A_U].</summary>
internal static class Stacking
{
    /// <param name="minus">A product to take away, or null.</param>
    public static LoraFactors Of(IdealUpdate update, LoraFactors? minus = null)
    {
        int rank = update.TotalRank + (minus?.Rank ?? 0);
        var a = new Matrix(rank, update.Inputs);
        var b = new Matrix(update.Outputs, rank);
        int at = 0;
        update.ForEachBatch((first, batch) =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                Put(batch[i], update.Coefficients[first + i]);
            }
        });
        if (minus is not null)
        {
            Put(minus, -1);
        }

        return new LoraFactors(a, b);

        void Put(LoraFactors factors, double coefficient)
        {
            factors.A.Values.CopyTo(a.Values[(at * a.Columns)..]);
            for (int o = 0; o < b.Rows; o++)
            {
                for (int r = 0; r < factors.Rank; r++)
                {
                    b[o, at + r] = (float)(coefficient * factors.B[o, r]);
                }
            }

            at += factors.Rank;
        }
    }
}
