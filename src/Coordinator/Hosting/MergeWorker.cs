using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Merges frozen rounds on threads of the pool, beside the run's loop.</summary>
/// <param name="post">Hands an input to the loop; does not wait.</param>
internal sealed class MergeWorker(RunFacts facts, LiveRun state, RunStore store, BlobStore blobs, Action<object> post, ILogger log)
{
    /// <summary>Begins to merge a frozen round; the answer is an <see cref="AggregatedRound"/>, or an input that says why there is none.</summary>
    public void Begin(int round)
    {
        try
        {
            IReadOnlyList<StoredResult> results = RunRecovery.Counted(store.Read(), round);
            var work = new ManifestAggregation(round, state.Turn, results, state.Broadcast!, state.Models[state.NewestModel])
            {
                Starts = results.Where(result => result.IsLate).Select(result => result.Round).Distinct()
                    .ToDictionary(earlier => earlier, state.StartWithAge),
                Counted = RunRecovery.CountedBefore(store.Read(), facts.Options, round),
                Noise = store.Read().Noise(round) is { } key ? new NoisySum(state.NoisySums, key) : null,
            };
            Stage merge = facts.Telemetry.BeginMerge(round);
            _ = Task.Run(() => Aggregate(round, work, merge));
        }
#pragma warning disable CA1031 // What a manifest does to this coordinator it would do to every one after it: the round must end and say so.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(round, failure);
        }
    }

    private void Aggregate(int round, ManifestAggregation work, Stage merge)
    {
        try
        {
            AggregatedRound aggregated = work.Run(facts.Options, blobs);
            merge.End("merged");
            facts.Telemetry.BeginCommit(round);
            post(aggregated);
        }
        catch (OperationCanceledException)
        {
            // The service stops: whoever goes on with the run does this again.
            merge.End("failed", failed: true);
        }
        catch (ArchiveAwayException away)
        {
            // No fault of the round: the run is taken up again, and merges it then.
            merge.End("failed", failed: true);
            post(new BodiesAway(away));
        }
#pragma warning disable CA1031 // The outermost frame of a worker: whatever went wrong, the round must end and say so.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            merge.End("failed", failed: true);
            Failed(round, failure);
        }
    }

    private void Failed(int round, Exception failure)
    {
        log.AggregationFailed(round, failure);
        post(new AggregationFailure(round, $"the aggregation failed: {Text.Cut(failure.Message, 1000)}"));
    }
}
