using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Looks into results on threads of the pool, beside the run's loop.</summary>
/// <param name="post">Hands an input to the loop; does not wait.</param>
internal sealed class InspectionWorker(RunFacts facts, LiveRun state, RankReadOuts readOuts, BlobStore blobs, Action<object> post, ILogger log)
{
    /// <summary>Begins to look into a result; the answer is an <see cref="Inspection"/>, or an input that says why there is none.</summary>
    public void Begin(ResultReady result)
    {
        AdapterReference broadcast = state.Broadcast!;
        RoundNeeds needs = state.Needs(facts.Options);
        StoredModel start = state.StartOf(result.Header.Round);
        int? rank = state.RankOf(result.Header);
        bool isNewest = start.Round == state.NewestModel;

        // Changes of B and of A have lengths of their own: a round is held against the one before only if the same factors were trained.
        // In a private run it is not: to leave one out for what others sent would make the sum depend on them twice, and the clip bounds it anyway.
        bool comparable = facts.Options.Privacy is null && state.Turn > 1
            && RoundNeeds.Of(facts.Options.Aggregation, broadcast.Shape, state.Turn - 1).Unchanged.Equals(needs.Unchanged);
        ChangeNorm? median = comparable ? state.MedianNorm : null;
        Stage intake = facts.Telemetry.BeginIntake(result);
        _ = Task.Run(() =>
        {
            try
            {
                AdapterReference reference =
                    isNewest ? readOuts.Of(start, broadcast, rank).Reference : readOuts.Reference(start, broadcast.Shape, rank);
                Inspection inspected = UpdateInspection.Inspect(result, blobs, reference, needs.Unchanged, median, facts.Options);
                intake.End(inspected.Code?.ToString() ?? "passed", failed: inspected.Code is not null);
                post(inspected);
            }
            catch (OperationCanceledException)
            {
                // The service stops: whoever goes on with the run does this again.
                intake.End("failed", failed: true);
            }
            catch (ArchiveAwayException away)
            {
                // No fault of the body: the run is taken up again, and looks into it then.
                intake.End("failed", failed: true);
                post(new BodiesAway(away));
            }
#pragma warning disable CA1031 // The outermost frame of a worker: whatever went wrong, the agent waits for an answer.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                intake.End("failed", failed: true);
                log.InspectionFailed(result.Header.AgentId, failure);
                post(new InspectionFailure(result, failure.Message));
            }
        });
    }
}
