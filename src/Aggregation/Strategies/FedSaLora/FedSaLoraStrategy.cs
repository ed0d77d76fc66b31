using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Strategies.FedSaLora;

/// <summary>Only A is shared and averaged; every agent keeps its own B and sends the broadcast one back (arXiv 2410.01463).</summary>
/// <remarks>The published B never changes: an agent that joins starts with it. An agent's model is the published A with its own B.</remarks>
internal sealed class FedSaLoraStrategy : IStrategy
{
    public string Name => "FedSaLora";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => false;

    public bool AllowsNoise => true;

    public bool TakesMixedRanks => false;

    public TaskNeeds Needs(int round) => new(KeepB: true);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        FrozenFactor.RequireB(problem, Name);
        return new ModuleMerge { Factors = new LoraFactors(problem.Mean.A, problem.Broadcast.B.Clone()) };
    }
}
