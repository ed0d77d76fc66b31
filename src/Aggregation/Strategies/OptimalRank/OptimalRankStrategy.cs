using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.OptimalRank;

/// <summary>
/// The best product of the published rank, or of the rank that keeps a wanted share of the energy: what Eckart and Young allow, no scheme of that
/// rank is nearer.
/// </summary>
internal sealed class OptimalRankStrategy : IStrategy
{
    public string Name => "OptimalRank";

    public bool CombinesFactors => false;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem)
    {
        int rank = problem.Broadcast.Rank;
        int kept = problem.Options.KeptEnergy < 1 ? problem.Truncated.RankForEnergy(problem.Options.KeptEnergy, rank) : rank;
        SingularTriplets product = problem.Truncated.Triplets.First(kept);
        return new ModuleMerge { Product = product, RelativeError = Math.Sqrt(problem.Truncated.TailEnergy(kept)) };
    }
}
