using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Blobs;

/// <summary>
/// Removes bodies from the disk that nobody can need any more. Done after what makes them needless is stored; a crash in between is made good after
/// the next round, or by a successor.
/// </summary>
/// <param name="mayBeMeasured">Whether somebody may still have the model of a round to measure.</param>
/// <param name="chosen">Rounds whose models may be the run's.</param>
internal sealed class BodyRemoval(
    RunFacts facts, LiveRun state, RunReader reader, BlobHandler handler, Func<int, bool> mayBeMeasured, Func<IReadOnlySet<int>> chosen,
    RankReadOuts readOuts, BlobStore blobs)
{
    /// <summary>Models that wait for an evaluator: an expected one that never comes must not fill the disk.</summary>
    public const int MaxUnmeasured = 100;

    /// <summary>The newest model, and the one before it, which late results are compared with.</summary>
    private const int LeastKept = 2;

    /// <summary>Newest models whose momentum and base delta are needed: to go on from, and to merge rounds again.</summary>
    private int Needed => 1 + facts.Terms.KeptResults;

    /// <summary>
    /// A round that is over needs its updates no more, nor the momentum it went on from, nor what was folded into the base before it: what counts
    /// of them is in its model. Where results are kept, this holds of the newest round that is not to be merged again.
    /// </summary>
    public void AfterRound(int round)
    {
        // Two: a crash may have come between a commit and this.
        HashSet<string> momenta = [.. state.Models.Values.TakeLast(Needed).Select(model => model.Momentum?.Sha256).OfType<string>()];
        foreach (string earlier in state.Models.Values.SkipLast(Needed).TakeLast(2).Select(model => model.Momentum?.Sha256).OfType<string>()
            .Where(momentum => !momenta.Contains(momentum)))
        {
            blobs.Remove(earlier);
        }

        int done = round - facts.Terms.KeptResults;
        HashSet<string> ofModels = [.. state.Models.Values.SelectMany(BodiesOf), .. readOuts.Bodies, .. momenta];
        foreach (string body in reader.Bodies(done).Where(body => !ofModels.Contains(body)).ToArray())
        {
            blobs.Remove(body);
        }

        // What was handed over and never counted, a round later: a late result may still come, and a transfer be under way.
        HashSet<string> unused = [.. handler.AnnouncedUntil(round - 1).Where(body => !ofModels.Contains(body) && !reader.IsNeededAfter(done, body))];
        foreach (string body in unused)
        {
            blobs.Remove(body);
        }

        blobs.RemoveParts(unused);
        handler.ForgetAnnouncedUntil(round - 2);
        Models();
    }

    /// <summary>
    /// Adapters and base deltas of earlier rounds. Adapters stay as the run's retention says, and of both those stay whose model an evaluator may
    /// have to measure. A base delta is as large as
    /// the modules' weights: beside those only the newest stays, for training and the output.
    /// </summary>
    public void Models()
    {
        int kept = facts.Terms.IsAwaited() ? int.MaxValue : Math.Max(LeastKept, facts.Terms.KeptModels);
        StoredModel[] models = [.. state.Models.Values.Reverse()];
        HashSet<int> wanted = [.. models.Take(MaxUnmeasured).Select(model => model.Round).Where(mayBeMeasured), .. chosen()];
        Remove(
            models.Take(kept).Concat(models.Where(model => wanted.Contains(model.Round))).Select(model => model.Claim.Sha256),
            models.Take(Needed).Concat(models.Where(model => wanted.Contains(model.Round))).Select(model => model.BaseDelta?.Sha256));
        ReadOuts(models.Take(LeastKept));
    }

    /// <summary>A run that is over has nothing left to be measured; its adapters are kept as its retention says, by the service.</summary>
    public void AfterRun()
    {
        Remove(
            state.Models.Values.Select(model => model.Claim.Sha256),
            state.Models.Values.TakeLast(Needed).Select(model => model.BaseDelta?.Sha256));
        ReadOuts([]);
    }

    /// <summary>Read-outs at lower ranks, of all models but those wanted. They are made again where they are asked for.</summary>
    private void ReadOuts(IEnumerable<StoredModel> wanted)
    {
        HashSet<string> models = [.. wanted.Select(model => model.Claim.Sha256)];
        foreach (string body in readOuts.KeepOnly(models).Except(state.Models.Values.SelectMany(BodiesOf)).Except(readOuts.Bodies).ToArray())
        {
            blobs.Remove(body);
        }
    }

    /// <summary>Removes adapters and base deltas but for those wanted.</summary>
    private void Remove(IEnumerable<string> adapters, IEnumerable<string?> deltas)
    {
        HashSet<string> wanted = [.. adapters, .. deltas.OfType<string>()];
        foreach (string body in state.Models.Values.SelectMany(BodiesOf).Where(body => !wanted.Contains(body)))
        {
            // Handed out no more before it is gone.
            if (state.RemovedBodies.Add(body))
            {
                blobs.Remove(body);
            }
        }
    }

    private static IEnumerable<string> BodiesOf(StoredModel model) => new[] { model.Claim.Sha256, model.BaseDelta?.Sha256 }.OfType<string>();
}
