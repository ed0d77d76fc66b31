namespace EdgeFlora.Aggregation.Strategies.FedIT;

/// <summary>
/// Averages A and B apart (arXiv 2305.05644). The product of averages is not the average product; the difference is second order in the agents'
/// drift.
/// </summary>
internal sealed class FedItStrategy : IStrategy
{
    public string Name => "FedIT";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => true;

    public bool TakesMixedRanks => true;

    public bool KeepsBasis => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem) => new() { Factors = problem.Mean };
}
