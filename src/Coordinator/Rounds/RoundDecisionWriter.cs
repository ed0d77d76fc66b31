using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Turns decisions of <see cref="RoundMachine"/> that end no round into the messages and events of a step.</summary>
internal sealed class RoundDecisionWriter(RunFacts facts, RankAssignment ranks, TrainingOffers offers)
{
    /// <param name="said">What an agent said about the end of its task, for people.</param>
    public void Write(RoundDecision decision, Round round, Step step, (string Agent, string Detail)? said)
    {
        switch (decision)
        {
            case RoundDecision.Opened:
                step.Event(
                    RunEventKind.RoundOpened,
                    round.Number,
                    detail: $"{round.Tasks.Count} agents asked, {round.Goal} results wanted, {round.Quorum} needed");
                step.Store.Effect("open");
                break;
            case RoundDecision.SendOffer offer:
                step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = offer.Task.Agent, Round = round.Number });
                if (!offer.IsRepeated)
                {
                    step.Event(
                        RunEventKind.TaskOffered,
                        round.Number,
                        offer.Task.Agent,
                        detail: $"attempt {offer.Task.Attempt}{ranks.Said(round.Tasks[offer.Task.Agent])}");
                }

                break;
            case RoundDecision.SendCancel cancel:
                offers.Cancel(cancel.Task, round.Number, CancelReason.RoundClosed, step);
                break;
            case RoundDecision.TaskEnded ended:
                step.Event(
                    Event(ended.Task.State),
                    round.Number,
                    ended.Task.Agent,
                    ended.Task.EndCode,
                    said?.Agent == ended.Task.Agent ? said?.Detail : null);
                break;
            case RoundDecision.Extended:
                step.Event(
                    RunEventKind.RoundExtended, round.Number,
                    detail: $"extension {round.Extension} of {facts.Rules.Extensions}; {round.Answered(facts.Rules)} of {round.Quorum} results "
                        + $"needed are in");
                step.Store.Effect("extend");
                break;
        }
    }

    private static RunEventKind Event(TaskState ended) => ended switch
    {
        TaskState.Declined => RunEventKind.TaskDeclined,
        TaskState.Failed => RunEventKind.TaskFailed,
        TaskState.Rejected => RunEventKind.ResultRejected,
        _ => RunEventKind.TaskLost,
    };
}
