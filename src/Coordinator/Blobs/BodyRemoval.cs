using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Blobs;

/// <summary>Removes bodies from the disk that nobody can need any more. Done after what makes them needless is stored; a crash in between is made good after the next round, or by a successor.</summary>
/// <param name="mayBeMeasured">Whether somebody may still have the model of a round to measure.</param>
internal sealed class BodyRemoval(LiveRun state, RunReader reader, BlobDesk desk, Func<int, bool> mayBeMeasured, BlobStore blobs)
{
    /// <summary>A round that is over needs its updates no more, nor the momentum it went on from, nor what was folded into the base before it: what counts of them is in its model.</summary>
    public void AfterRound(int round)
    {
        // Two: a crash may have come between a commit and this.
        string? momentum = state.Models.GetValueOrDefault(state.NewestModel)?.Momentum?.Sha256;
        foreach (StoredModel earlier in state.Models.Values.SkipLast(1).TakeLast(2).Where(model => model.Momentum is not null && model.Momentum.Sha256 != momentum))
        {
            blobs.Remove(earlier.Momentum!.Sha256);
        }

        foreach (string body in reader.Bodies(round).Where(body => !desk.MayFetch(body)))
        {
            blobs.Remove(body);
        }

        // What was handed over and never counted, a round later: a late result may still come, and a transfer be under way.
        foreach (string body in desk.AnnouncedUntil(round - 1).Where(body => !desk.MayFetch(body) && !reader.IsNeededAfter(round, body)).ToArray())
        {
            blobs.Remove(body);
        }

        desk.ForgetAnnouncedUntil(round - 2);
        BaseDeltas();
    }

    /// <summary>Base deltas, each as large as the modules' weights: the newest stays for training and the output, an earlier one for as long as an evaluator may have its model to measure.</summary>
    public void BaseDeltas() => RemoveBaseDeltas(mayBeMeasured);

    /// <summary>A run that is over has nothing left to be measured.</summary>
    public void AfterRun() => RemoveBaseDeltas(static _ => false);

    private void RemoveBaseDeltas(Func<int, bool> isWanted)
    {
        HashSet<string> wanted =
        [
            .. state.Models.Values.Where(model => model.BaseDelta is not null && (model.Round == state.NewestModel || isWanted(model.Round))).Select(model => model.BaseDelta!.Sha256),
        ];
        foreach (string delta in state.Models.Values.Select(model => model.BaseDelta?.Sha256).OfType<string>().Where(delta => !wanted.Contains(delta)))
        {
            // Handed out no more before it is gone.
            if (state.RemovedBaseDeltas.Add(delta))
            {
                blobs.Remove(delta);
            }
        }
    }
}
