using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Rollouts;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Looks at rollouts that are under way whenever a round is over, and ends those that have shown enough.</summary>
internal sealed class RolloutWatch(RunCatalogue catalogue, ServiceStore store, LedRuns led, TimeProvider time, ILogger log)
{
    /// <summary>Rounds that were over when a run's rollout was looked at last.</summary>
    private readonly Dictionary<Guid, int> seen = [];

    /// <summary>Does nothing where no round has ended since the last time.</summary>
    public void Look()
    {
        foreach (RunEntry entry in catalogue.All().Where(entry => entry.Rollout is not null))
        {
            int over = store.Read(
                entry.Id.ToString(), reader => reader.Rounds().Count(round => round.State is RoundState.Committed or RoundState.Skipped));
            if (entry.IsOver || seen.GetValueOrDefault(entry.Id, -1) != over)
            {
                seen[entry.Id] = over;
                Judge(entry, entry.Rollout!);
            }
        }
    }

    private void Judge(RunEntry entry, Rollout rollout)
    {
        DateTimeOffset now = time.GetUtcNow();
        Rollout judged = RolloutJudge.Judge(store.Read(entry.Id.ToString(), reader => RolloutFigures.Of(rollout, reader)), now);
        if (judged.State == RolloutState.UnderWay && entry.IsOver)
        {
            judged = judged with
            {
                State = RolloutState.Withdrawn,
                Reason = $"the run was over after {judged.Measured} of {judged.Rounds} rounds",
                EndedAt = now,
            };
        }

        if (judged.State == RolloutState.UnderWay)
        {
            return;
        }

        int round = store.Read(entry.Id.ToString(), reader => reader.NewestRound());

        // An operator may have ended it meanwhile.
        RunEntry? after = catalogue.Change(
            entry.Id, before => before.Rollout?.Number == judged.Number ? RolloutPlan.With(before, judged, round) : before, command: null);
        seen.Remove(entry.Id);
        if (after is not null)
        {
            led.Find(entry.Id)?.Post(new ChangeRun(after.Options, after.Priority));
            log.RolloutEnded(entry.Name, judged.Number, judged.State, judged.Reason!);
        }
    }
}
