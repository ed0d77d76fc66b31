namespace EdgeFlora.Aggregation.Strategies;

/// <summary>A named rule that makes one module's global factors from the agents' updates.</summary>
internal interface IStrategy
{
    /// <summary>The name in options, tasks and reports.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it combines factors rather than products: then they must not exceed the broadcast rank.
    /// </summary>
    bool CombinesFactors { get; }

    /// <summary>Whether factors that have left the broadcast gauge are to be brought back before it sees them.</summary>
    bool WantsOneGauge { get; }

    /// <summary>Whether its result may be re-split between B and A; false where the split carries meaning across rounds.</summary>
    bool GaugeIsFree { get; }

    /// <summary>Whether the sum it publishes is of factors each agent bounds, so that noise on that sum protects an agent.</summary>
    bool AllowsNoise { get; }

    /// <summary>
    /// Whether it may merge parts of factors that not all agents hold: it publishes what those parts sum to, and the first components are the best
    /// start for an agent of lower rank.
    /// </summary>
    bool TakesMixedRanks { get; }

    /// <summary>
    /// Whether a published factor is made of the agents' same factors, each times a number, so that a value means in the next round what it meant in
    /// this one; of those whose split is free, in the anchored gauge.
    /// </summary>
    bool KeepsBasis => false;

    /// <summary>What agents must do in round <paramref name="round"/> (1, 2, …).</summary>
    TaskNeeds Needs(int round);

    ModuleMerge Merge(ModuleProblem problem);
}
