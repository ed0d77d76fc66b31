using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Makes what agents are told of their training tasks.</summary>
internal sealed class TrainingOffers(RunFacts facts, LiveRun state)
{
    /// <summary>The offer of a task as it stands now, with the time that is left now; absent if the task is over or newer.</summary>
    public TaskOffer? Offer(string agent, int number, long now)
    {
        if (state.Round is not { IsOpen: true } round || round.Number != number || round.Tasks.GetValueOrDefault(agent) is not { State: TaskState.Offered } task)
        {
            return null;
        }

        long extensions = (facts.Rules.Extensions - round.Extension) * facts.Rules.SoftDeadlineMs;
        return OfferMaker.Offer(
            facts,
            TaskKind.Train,
            Header(nameof(TaskOffer), number, task),
            state.Models[state.NewestModel],
            state.Needs(facts.Options).Rules,
            Math.Max(1, task.LeaseEnd(facts.Rules) - now),
            Math.Max(1, round.HardDeadline + extensions + facts.Rules.LateMs(number) - now),
            facts.TrainingSeed(number, agent));
    }

    /// <summary>Tells an agent to stop, durably.</summary>
    public void Cancel(AgentTask task, int round, CancelReason reason, Step step) =>
        step.Send(task.Agent, new TaskCancelled { Header = Header(nameof(TaskCancelled), round, task), Reason = reason }, round);

    private MessageHeader Header(string kind, int round, AgentTask task) => facts.Stamp.About(
        kind, task.Agent, facts.RunId, round, facts.TaskId(TaskKind.Train, round, task.Agent), task.Attempt, task.LeaseEpoch, facts.Term);
}
