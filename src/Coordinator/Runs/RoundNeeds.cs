using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>What the strategies ask of training in one round: as the offer says it, and as intake checks it.</summary>
/// <param name="Rules">One for each kind of need, with the modules it is for; none where everything is trained and sent.</param>
/// <param name="Unchanged">Factors that come back as broadcast: frozen, or kept by the agents.</param>
internal sealed record RoundNeeds(IReadOnlyList<FactorRule> Rules, FrozenFactors Unchanged)
{
    /// <param name="turn">Counts aggregations, from 1.</param>
    public static RoundNeeds Of(AggregationOptions options, AdapterShape shape, int turn)
    {
        var needs = shape.Modules.Select(module => (module.Name, Needs: options.NeedsOf(module.Name, turn))).ToArray();
        return new RoundNeeds(
            [
                .. needs.GroupBy(module => module.Needs with { FoldsIntoBase = false }).Where(group => group.Key != new TaskNeeds())
                    .Select(group => Rule(group.Key, [.. group.Select(module => module.Name)])),
            ],
            new FrozenFactors(
                needs.Where(module => !module.Needs.TrainA).Select(module => module.Name),
                needs.Where(module => !module.Needs.TrainB || module.Needs.KeepB).Select(module => module.Name)));
    }

    private static FactorRule Rule(TaskNeeds needs, string[] modules) =>
        new() { Modules = modules, TrainA = needs.TrainA, TrainB = needs.TrainB, KeepB = needs.KeepB, NewBasis = needs.NewBasis };
}
