using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Factors brought to another rank without leaving their leading directions.</summary>
internal static class Padding
{
    /// <summary>
    /// The factors themselves if they have that rank; else a copy, filled up with zeros (same product) or cut off after <paramref name="rank"/>
    /// directions.
    /// </summary>
    public static LoraFactors ToRank(LoraFactors factors, int rank)
    {
        if (factors.Rank == rank)
        {
            return factors;
        }

        int shared = Math.Min(rank, factors.Rank);
        var a = new Matrix(rank, factors.Inputs);
        factors.A.Values[..(shared * factors.Inputs)].CopyTo(a.Values);
        var b = new Matrix(factors.Outputs, rank);
        for (int row = 0; row < factors.Outputs; row++)
        {
            factors.B.Row(row)[..shared].CopyTo(b.Row(row));
        }

        return new LoraFactors(a, b);
    }
}
