using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.MomentTilt;

/// <summary>
/// FLoRA-NA in closed form: pᵤ = wᵤ and qᵤ ∝ wᵤ‖Bᵤ‖. Needs no inner products between agents, so it streams and could be summed securely.
/// </summary>
/// <remarks>Exact when agents follow one path with different step sizes from B = 0, that is in a first round; an approximation later.</remarks>
internal sealed class MomentTiltStrategy : IStrategy
{
    public string Name => "MomentTilt";

    public bool CombinesFactors => true;

    public bool WantsOneGauge => true;

    public bool GaugeIsFree => true;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => false;

    public bool KeepsBasis => true;

    public TaskNeeds Needs(int round) => new();

    public ModuleMerge Merge(ModuleProblem problem)
    {
        double[] tilted = [.. problem.Weights.Zip(problem.Survey.LengthsB, (w, length) => w * length)];
        double sum = tilted.Sum();
        // No B has a length: nothing to tilt by, and the product is zero either way.
        double[] q = sum > 0 ? [.. tilted.Select(value => value / sum)] : problem.Weights;
        return new ModuleMerge { Factors = Survey.Of(problem.Source, problem.Coefficients, q, problem.Broadcast, problem.Options.Threads).Mean };
    }
}
