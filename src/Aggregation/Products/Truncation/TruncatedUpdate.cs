using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>The best approximations of a module's ideal update by rank: what Eckart and Young allow.</summary>
/// <param name="Triplets">Leading triplets of T, at least as many as were asked for unless T has lower rank.</param>
/// <param name="Energy">‖T‖².</param>
/// <param name="EnergyMargin">How far <paramref name="Energy"/> may be off, three standard errors; 0 where it is exact.</param>
/// <param name="Estimated">Whether the part of <paramref name="Energy"/> outside the triplets was estimated from random probes.</param>
/// <param name="StartImages">
/// T·a for each row a of the matrix the method was started from [w × outputs], in the unit of the map; null where there was none.
/// </param>
/// <param name="Method">How it was computed.</param>
internal sealed record TruncatedUpdate(
    SingularTriplets Triplets, double Energy, double EnergyMargin, bool Estimated, Matrix? StartImages, TruncationMethod Method)
{
    /// <summary>‖T − T_r‖² / ‖T‖² of the best rank-<paramref name="rank"/> product; 0 for T = 0.</summary>
    public double TailEnergy(int rank) => Energy > 0 ? Math.Max(0, Energy - Triplets.Energy(rank)) / Energy : 0;

    /// <summary>How far √<see cref="TailEnergy"/> may be off because the energy was estimated.</summary>
    public double ErrorMargin(int rank)
    {
        double error = Math.Sqrt(TailEnergy(rank));
        double less = Math.Sqrt((this with { Energy = Math.Max(0, Energy - EnergyMargin) }).TailEnergy(rank));
        double more = Math.Sqrt((this with { Energy = Energy + EnergyMargin }).TailEnergy(rank));
        return Math.Max(error - less, more - error);
    }

    /// <summary>Gives the memory of triplets and images back; nobody may read them afterwards.</summary>
    public void Release()
    {
        MatrixPool.Return(Triplets.Left);
        MatrixPool.Return(Triplets.Right);
        MatrixPool.Return(StartImages);
    }

    /// <summary>The smallest rank, at most <paramref name="limit"/>, that keeps <paramref name="fraction"/> of the energy; at least 1.</summary>
    public int RankForEnergy(double fraction, int limit)
    {
        int most = Math.Max(1, Math.Min(limit, Triplets.Count));
        for (int rank = 1; rank < most; rank++)
        {
            if (TailEnergy(rank) <= 1 - fraction)
            {
                return rank;
            }
        }

        return most;
    }
}
