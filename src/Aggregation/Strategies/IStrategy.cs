namespace EdgeFlora.Aggregation.Strategies;

/// <summary>A named rule that makes one module's global factors from the agents' updates.</summary>
internal interface IStrategy
{
    /// <summary>The name in options, tasks and reports.</summary>
    string Name { get; }

    /// <summary>Whether it combines factors rather than products: then factors must share a rank and a gauge, and noise can be added to their sum.</summary>
    bool CombinesFactors { get; }

    /// <summary>Whether its result may be re-split between B and A; false where the split carries meaning across rounds.</summary>
    bool GaugeIsFree { get; }

    /// <summary>What agents must do in round <paramref name="round"/> (1, 2, …).</summary>
    TaskNeeds Needs(int round);

    ModuleMerge Merge(ModuleProblem problem);
}
