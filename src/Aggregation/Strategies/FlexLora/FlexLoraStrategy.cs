namespace EdgeFlora.Aggregation.Strategies.FlexLora;

/// <summary>
/// Sums products of any rank and publishes the best one of the broadcast rank; each agent gets the leading part that fits it (arXiv 2402.11505).
/// </summary>
/// <remarks>
/// The part is read out by <see cref="Ranks.RankReadOut"/>. Unlike the paper's balanced split the gauge is open, for a balanced one leaves directions
/// dead.
/// </remarks>
internal sealed class FlexLoraStrategy : IStrategy
{
    public string Name => "FlexLora";

    public bool CombinesFactors => false;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem) => new()
    {
        Product = problem.Truncated.Triplets.First(problem.Broadcast.Rank),
        RelativeError = problem.Bound,
    };
}
