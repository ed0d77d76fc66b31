using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FedExLora;

/// <summary>Publishes a product of the broadcast rank and folds what it misses into the base weights (arXiv 2410.09432).</summary>
/// <remarks>
/// With no residual rank set: averaged factors and the whole residual, exact. With one: the best product, and the next singular directions folded,
/// which at every budget is nearer than averaged factors with a cut residual.
/// </remarks>
internal sealed class FedExLoraStrategy : IStrategy
{
    public string Name => "FedExLora";

    public bool CombinesFactors => false;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => false;

    public TaskNeeds Needs(int round) => new(FoldsIntoBase: true);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        if (problem.Options.ResidualRank == 0)
        {
            LoraFactors mean = Padding.ToRank(problem.Mean, problem.Broadcast.Rank);
            return new ModuleMerge { Factors = mean, BaseDelta = Stacking.Of(problem.Sent, minus: mean), RelativeError = 0 };
        }

        int rank = problem.Broadcast.Rank;
        SingularTriplets residual = problem.Truncated.Triplets.Slice(rank, problem.Options.ResidualRank);
        return new ModuleMerge
        {
            Product = problem.Truncated.Triplets.First(rank),
            BaseDelta = residual.Count > 0 ? residual.ToFactors() : null,
            RelativeError = Math.Sqrt(problem.Truncated.TailEnergy(rank + problem.Options.ResidualRank)),
        };
    }
}
