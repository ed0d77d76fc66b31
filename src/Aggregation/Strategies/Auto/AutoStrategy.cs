using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Strategies.FloraNA;
using EdgeFlora.Aggregation.Strategies.OptimalRank;

namespace EdgeFlora.Aggregation.Strategies.Auto;

/// <summary><c>FloraNA</c>, and <c>OptimalRank</c> for a module where its error is more than 5 % above the bound.</summary>
internal sealed class AutoStrategy : IStrategy
{
    private const double Tolerated = 1.05;

    // Below this an error is the rounding of the published factors.
    private const double Exact = 1e-6;

    private readonly OptimalRankStrategy optimal = new();

    public string Name => "Auto";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem)
    {
        NearlyAccurateSolution scalars = problem.Scalars;
        LoraFactors factors = FloraNaSolver.Combine(problem, scalars);
        double error = problem.RelativeError(factors);
        return error > Math.Max(Exact, Tolerated * problem.Bound)
            ? optimal.Merge(problem) with { Scalars = scalars }
            : new ModuleMerge { Factors = factors, Scalars = scalars, RelativeError = error };
    }
}
