using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Strategies.RoLora;

/// <summary>Trains and averages B in odd rounds and A in even ones, the other frozen: each average of products is exact (arXiv 2502.01755).</summary>
internal sealed class RoLoraStrategy : IStrategy
{
    public string Name => "RoLora";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => false;

    public bool AllowsNoise => true;

    public bool TakesMixedRanks => false;

    public bool KeepsBasis => true;

    public TaskNeeds Needs(int round) => TrainsB(round) ? new TaskNeeds(TrainA: false) : new TaskNeeds(TrainB: false);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        if (TrainsB(problem.Round))
        {
            FrozenFactor.RequireA(problem, Name);
            return new ModuleMerge { Factors = new LoraFactors(problem.Broadcast.A.Clone(), problem.Mean.B) };
        }

        FrozenFactor.RequireB(problem, Name);
        return new ModuleMerge { Factors = new LoraFactors(problem.Mean.A, problem.Broadcast.B.Clone()) };
    }

    // B first: while it is zero A gets no gradient.
    private static bool TrainsB(int round) => round % 2 == 1;
}
