using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FedRot;

/// <summary>Turns every agent's factors towards the broadcast ones by the best rotation, its product kept, and averages them.</summary>
/// <remarks>
/// A rotation keeps lengths: factors in another gauge than by a rotation are brought back before. Rotation by orthogonal Procrustes on both factors
/// (Schönemann 1966): what agents turned away from each other does not cancel in the average.
/// </remarks>
internal sealed class FedRotStrategy : IStrategy
{
    public string Name => "FedRot";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => false;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem)
    {
        var rotated = new RotatedSource(problem.Source, problem.Broadcast);
        var survey = Survey.Of(rotated, problem.Coefficients, problem.Weights, problem.Broadcast, problem.Options.Threads);
        return new ModuleMerge { Factors = survey.Mean };
    }
}
