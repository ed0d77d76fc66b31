using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Strategies.FfaLora;

/// <summary>A stays frozen at its start, only B is trained and averaged: the average of products is then exact (arXiv 2403.12313).</summary>
internal sealed class FfaLoraStrategy : IStrategy
{
    public string Name => "FfaLora";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => false;

    public bool AllowsNoise => true;

    public bool TakesMixedRanks => false;

    public bool KeepsBasis => true;

    public TaskNeeds Needs(int round) => new(TrainA: false);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        FrozenFactor.RequireA(problem, Name);
        return new ModuleMerge { Factors = new LoraFactors(problem.Broadcast.A.Clone(), problem.Mean.B) };
    }
}
