using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Robust;
using EdgeFlora.Aggregation.ServerSteps;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation;

/// <summary>
/// Merges a round's updates into the next global adapter: a pure function, the same bits for any order of arrival and any number of threads.
/// </summary>
public static class Aggregator
{
    /// <summary>Merges <paramref name="updates"/>.</summary>
    /// <param name="broadcast">The adapter agents started from; its settings are those of the result.</param>
    /// <param name="updates">At least one with a positive weight, one for each agent; those with weight 0 are left out.</param>
    /// <param name="round">
    /// Counts aggregations, 1, 2, …: a round that was skipped does not count, so that strategies that alternate miss no turn.
    /// </param>
    /// <param name="state">The last result's <see cref="AggregationResult.State"/>; null in the first round.</param>
    /// <exception cref="ArgumentException">A setting or an update is not fit; the message is one line that names it.</exception>
    public static AggregationResult Aggregate(
        AggregationOptions options,
        LoraAdapter broadcast,
        IReadOnlyList<Update> updates,
        int round = 1,
        ServerState? state = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(updates);
        options.Validated();
        Update[] sorted = Sorted(broadcast, updates);
        if (options.MixedRanks)
        {
            RequireReadOuts(broadcast, sorted);
        }

        IReadOnlyList<AgentWeight> weights = RobustWeights.Of(options, broadcast, sorted);
        bool optimises = ServerOptimiser.IsIn(options);
        double rate = options.ServerStep == ServerStep.FedExp ? ExtrapolatedRate.Of(options, broadcast, sorted, weights, round) : options.ServerRate;
        RoundTerms terms = RoundTerms.Of(options, broadcast, sorted, weights, optimises ? 1 : rate);
        var modules = new Dictionary<string, LoraFactors>(StringComparer.Ordinal);
        var deltas = new SortedDictionary<string, LoraFactors>(StringComparer.Ordinal);
        var reports = new List<ModuleReport>(broadcast.Modules.Count);
        foreach ((string name, LoraFactors factors) in broadcast.Modules)
        {
            ModuleAggregation merged = ModuleAggregation.Of(
                name, factors, new MemoryFactors(terms.FactorsOf(name)), terms.Entries, round, options, terms.Parts);
            modules.Add(name, merged.Factors);
            reports.Add(merged.Report);
            if (merged.BaseDelta is { } delta)
            {
                deltas.Add(name, delta);
            }
        }

        var global = new LoraAdapter(broadcast.Settings, modules, SavedTensors.Merge(options, broadcast, sorted, terms));
        ServerState? next = null;
        if (optimises)
        {
            (global, next) = ServerOptimiser.Step(options, broadcast, global, state, round);
        }

        MatrixPool.Clear();
        return new AggregationResult(
            global,
            deltas,
            reports,
            DivergenceSummary.Of(reports),
            terms.Weights,
            rate,
            next);
    }

    private static void RequireReadOuts(LoraAdapter broadcast, Update[] sorted)
    {
        foreach (Update update in sorted)
        {
            int rank = update.Adapter.Settings.Rank;
            if (rank > broadcast.Settings.Rank)
            {
                throw new UnfitUpdateException(
                    update.AgentId,
                    $"{update.AgentId} has rank {rank}; the broadcast adapter, of which it is to be a read-out, has {broadcast.Settings.Rank}.");
            }

            if (update.Start is { } start && start.Settings.Rank != rank)
            {
                throw new UnfitUpdateException(
                    update.AgentId, $"{update.AgentId} has rank {rank}, and the adapter that it started from has {start.Settings.Rank}.");
            }
        }
    }

    internal static Update[] Sorted(LoraAdapter broadcast, IReadOnlyList<Update> updates)
    {
        Update[] sorted = [.. updates.OrderBy(update => update.AgentId, StringComparer.Ordinal)];
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && string.Equals(sorted[i].AgentId, sorted[i - 1].AgentId, StringComparison.Ordinal))
            {
                throw new ArgumentException($"{sorted[i].AgentId} has two updates; a round takes one from each agent.", nameof(updates));
            }

            if (UpdateCheck.Refusal(broadcast, sorted[i]) is { } refusal)
            {
                throw new UnfitUpdateException(sorted[i].AgentId, refusal);
            }
        }

        sorted = [.. sorted.Where(update => update.Weight > 0)];
        return sorted.Length > 0
            ? sorted
            : throw new ArgumentException("No update has a positive weight; the broadcast adapter stays as it is.", nameof(updates));
    }
}
