using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraStack;

/// <summary>
/// Stacks all agents' factors into an exact change of the base weights; training starts over from fresh factors (arXiv 2409.05976).
/// </summary>
/// <remarks>The download grows with the number of agents. The fresh A is Kaiming-uniform, ±1/√inputs, from the run's seed, B is zero.</remarks>
internal sealed class FloraStackStrategy : IStrategy
{
    public string Name => "FloraStack";

    public bool CombinesFactors => false;

    public bool WantsOneGauge => false;

    public bool GaugeIsFree => false;

    public bool AllowsNoise => false;

    public bool TakesMixedRanks => false;

    public TaskNeeds Needs(int round) => new(FoldsIntoBase: true, NewBasis: true);

    public ModuleMerge Merge(ModuleProblem problem)
    {
        SeededRandom random = SeededRandom.For(problem.Options.Seed, "stack " + problem.Name, problem.Round);
        LoraFactors broadcast = problem.Broadcast;
        var fresh = new Matrix(broadcast.Rank, broadcast.Inputs);
        double bound = 1 / Math.Sqrt(broadcast.Inputs);
        foreach (ref float value in fresh.Values)
        {
            value = (float)(bound * ((2 * random.NextDouble()) - 1));
        }

        return new ModuleMerge
        {
            Factors = new LoraFactors(fresh, new Matrix(broadcast.Outputs, broadcast.Rank)),
            BaseDelta = Stacking.Of(problem.Sent),
            RelativeError = 0,
        };
    }
}
