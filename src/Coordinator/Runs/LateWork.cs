using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Which work of the round before the present one may still count.</summary>
internal sealed class LateWork(RunFacts facts, LiveRun state)
{
    /// <summary>Whether a message is about a task of the round before whose result may count in the present one.</summary>
    public bool IsExpected(MessageHeader header) =>
        state.Round is { IsBeforeFreeze: true } round && Holds(header.AgentId, header.RunId, header.TaskId, header.LeaseEpoch, round.Number - 1)
        && header.Round == round.Number - 1;

    /// <summary>Whether a journal holds such a task.</summary>
    public bool Holds(string agent, Guid run, Guid task, int epoch) =>
        state.Round is { IsBeforeFreeze: true } round && Holds(agent, run, task, epoch, round.Number - 1);

    /// <summary>
    /// Whether a message is about a late task of the round that is being aggregated: whether its result may count is known once the next round is
    /// planned.
    /// </summary>
    public bool IsUndecided(MessageHeader header) =>
        header.RunId == facts.RunId
        && state.Round is { State: RoundState.Frozen or RoundState.Aggregating } round
        && header.Round == round.Number
        && facts.Rules.GoesOn(round.Number)
        && round.Tasks.GetValueOrDefault(header.AgentId) is { State: TaskState.Late or TaskState.Lost } task
        && header.LeaseEpoch == task.LeaseEpoch
        && header.TaskId == facts.TaskId(TaskKind.Train, round.Number, header.AgentId);

    private bool Holds(string agent, Guid run, Guid task, int epoch, int round) =>
        run == facts.RunId && state.LateTasks.GetValueOrDefault(agent) is { } late
        && epoch == late.LeaseEpoch && task == facts.TaskId(TaskKind.Train, round, agent);
}
