using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Gauges;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FedSvd;

/// <summary>Trains B alone, then re-splits the exact average so that A is orthonormal along its principal directions (arXiv 2505.12805).</summary>
internal sealed class FedSvdStrategy : IStrategy
{
    public string Name => "FedSvd";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => false;

    public bool AllowsNoise => true;

    public bool TakesMixedRanks => false;

    public TaskNeeds Needs(int round) => new(TrainA: false, NewBasis: true);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        FrozenFactor.RequireA(problem, Name);
        var mean = new LoraFactors(problem.Broadcast.A, problem.Mean.B);
        SingularTriplets product = TripletsOfProduct.Of(mean);
        LoraFactors split = GaugeFixing.Split(product, problem.Broadcast.Rank, Gauge.Principal, mean, rowLength: 1);
        FiniteResult.RequireKept(problem, "FedSvd's result", product, split);
        return new ModuleMerge { Factors = split };
    }
}
