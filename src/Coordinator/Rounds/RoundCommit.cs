using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Rounds;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Stores a round's model with its figures, makes it the run's newest, and tells the agents.</summary>
internal sealed class RoundCommit(RunFacts facts, LiveRun state, RoundSecrets secrets, RankReadOuts readOuts)
{
    /// <param name="isLast">Whether the run has no round after this one.</param>
    public void Commit(Round round, AggregatedRound aggregated, bool isLast, Step step)
    {
        RoundFigures figures = RoundLedger.Figures(facts, state, round, aggregated, readOuts, step.Now);
        StoredModel model = aggregated.ToModel(figures);
        step.Store.Models.Add(model);
        secrets.ForgetNoise(round.Number, step);
        step.Store.Effect("commit");
        state.Models.Add(round.Number, model.WithoutReports());
        state.Broadcast = aggregated.Adapter;
        state.MedianNorm = aggregated.MedianNorm;
        step.Event(
            new RunEvent
            {
                RunId = facts.RunId,
                Sequence = 0,
                ElapsedMs = step.Now,
                Kind = RunEventKind.RoundCommitted,
                Round = round.Number,
                Figures = figures,
            });
        foreach (KnownAgent agent in state.Agents.Values.Where(agent => agent.Present && !agent.Quarantined))
        {
            step.Send(agent.Name, Announcement(agent.Name, round.Number, aggregated, isLast), round.Number);
        }
    }

    private RoundCommitted Announcement(string agent, int round, AggregatedRound aggregated, bool isLast) => new()
    {
        Header = facts.Stamp.About(nameof(RoundCommitted), agent, facts.RunId, round, term: facts.Term),
        Model = aggregated.Model,
        BaseDelta = aggregated.BaseDelta,
        CommitSha256 = aggregated.ToModel(null).CommitSha256,
        Divergence = aggregated.Divergence?.Used,
        Epsilon = aggregated.Epsilon,
        Delta = secrets.Delta,
        LastRound = isLast,
    };
}
