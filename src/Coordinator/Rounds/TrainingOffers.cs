using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Makes what agents are told of their training tasks.</summary>
internal sealed class TrainingOffers(RunFacts facts, LiveRun state, RankReadOuts readOuts)
{
    /// <summary>The offer of a task as it stands now, with the time that is left now; absent if the task is over or newer.</summary>
    public TaskOffer? Offer(string agent, int number, long now)
    {
        if (state.Round is not { IsOpen: true } round || round.Number != number
            || round.Tasks.GetValueOrDefault(agent) is not { State: TaskState.Offered } task)
        {
            return null;
        }

        long extensions = (facts.Rules.Extensions - round.Extension) * facts.Rules.SoftDeadlineMs;
        StoredModel model = state.Models[state.NewestModel];
        (BlobClaim adapter, AdapterReference start) = readOuts.Of(model, state.Broadcast!, task.Rank);
        return OfferMaker.Offer(
            facts,
            TaskKind.Train,
            Header(nameof(TaskOffer), number, task),
            model,
            adapter,
            start.Shape.Settings,
            state.Needs(facts.Options).Rules,
            Math.Max(1, task.LeaseEnd(facts.Rules) - now),
            Math.Max(1, round.HardDeadline + extensions + facts.Rules.LateMs(number) - now),
            facts.TrainingSeed(number, agent));
    }

    /// <summary>Makes the read-outs again that a dead coordinator had offered: agents may be fetching them.</summary>
    public void MakeAgain(Round round)
    {
        foreach (AgentTask task in round.IsOpen ? round.Tasks.Values.Where(task => task.AtWork) : [])
        {
            readOuts.Of(state.Models[state.NewestModel], state.Broadcast!, task.Rank);
        }

        foreach (AgentTask task in state.LateTasks.Values)
        {
            readOuts.Reference(state.StartOf(round.Number - 1), state.Broadcast!.Shape, task.Rank);
        }
    }

    /// <summary>Tells an agent to stop, durably.</summary>
    public void Cancel(AgentTask task, int round, CancelReason reason, Step step) =>
        step.Send(task.Agent, new TaskCancelled { Header = Header(nameof(TaskCancelled), round, task), Reason = reason }, round);

    private MessageHeader Header(string kind, int round, AgentTask task) => facts.Stamp.About(
        kind, task.Agent, facts.RunId, round, facts.TaskId(TaskKind.Train, round, task.Agent), task.Attempt, task.LeaseEpoch, facts.Term);
}
