namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// Combines factors with scalars fitted so that the product is nearest to the ideal update (arXiv 2509.26399). Never worse than <c>FedIT</c>.
/// </summary>
internal sealed class FloraNaStrategy : IStrategy
{
    public string Name => "FloraNA";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => true;

    public bool KeepsBasis => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem)
    {
        NearlyAccurateSolution scalars = problem.Scalars;
        return new ModuleMerge { Factors = FloraNaSolver.Combine(problem, scalars), Scalars = scalars };
    }
}
