using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>The rules of one task: progress extends its lease, silence ends it, and only a new issue raises its epoch.</summary>
internal static class TaskLease
{
    /// <summary>Why a task was ended whose offer no agent answered in time.</summary>
    public const string Unanswered = "Unanswered";

    /// <summary>A message about a task of an open round. One under another epoch than the task's changes nothing.</summary>
    public static Round Take(Round round, RoundInput input, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        switch (input)
        {
            case RoundInput.TaskTaken taken
                when Find(round, taken.Agent, taken.Epoch) is { State: TaskState.Offered or TaskState.Lost or TaskState.Accepted } task:
                return round.With(Taken(task, now), rules);
            case RoundInput.TaskHeard heard
                when Find(round, heard.Agent, heard.Epoch) is { State: TaskState.Offered or TaskState.Lost or TaskState.Accepted } task:
                return round.With(Taken(task, now), rules);
            case RoundInput.TaskRefused refused when Find(round, refused.Agent, refused.Epoch) is { } task && MayEnd(task):
                round = End(round, task, TaskState.Declined, refused.Code, decisions);
                return refused.Again ? Reissue(round, round.Tasks[refused.Agent], now, rules, decisions) : round;
            case RoundInput.TaskBroke broke when Find(round, broke.Agent, broke.Epoch) is { } task && MayEnd(task):
                round = End(round, task with { Taken = true }, TaskState.Failed, broke.Code, decisions);
                return broke.Retryable ? Reissue(round, round.Tasks[broke.Agent], now, rules, decisions) : round;
            case RoundInput.ResultCounted counted
                when round.Tasks.GetValueOrDefault(counted.Agent) is { State: not (TaskState.Done or TaskState.Rejected) } task:
                return round.With(task with { State = TaskState.Done, Taken = true, DoneAt = now, EndCode = null }) with { LastResultAt = now };
            case RoundInput.ResultRefused refused
                when round.Tasks.GetValueOrDefault(refused.Agent) is { State: not (TaskState.Done or TaskState.Rejected) } task:
                return End(round, task with { Taken = true }, TaskState.Rejected, refused.Code, decisions);
            default:
                return round;
        }
    }

    /// <summary>An agent that is back goes on with what its journal holds; one that has lost it starts again under a new epoch.</summary>
    public static Round AgentAvailable(
        Round round, RoundInput.AgentAvailable available, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        if (!round.IsOpen
            || round.Tasks.GetValueOrDefault(available.Agent) is not { State: TaskState.Offered or TaskState.Accepted or TaskState.Lost } task)
        {
            return round;
        }

        if (available.HeldEpoch == task.LeaseEpoch)
        {
            return round.With(Taken(task, now), rules);
        }

        if (task.State == TaskState.Offered)
        {
            // It may not have seen the offer: the same again, under the same epoch.
            decisions.Add(new RoundDecision.SendOffer(task, IsRepeated: true));
            return round.With(task with { OfferedAt = now, LastHeard = now }, rules);
        }

        return available.NewProcess || task.State == TaskState.Lost ? Reissue(round, task, now, rules, decisions) : round;
    }

    public static Round AgentGone(Round round, RoundInput.AgentGone gone, ImmutableArray<RoundDecision>.Builder decisions) =>
        round.IsOpen && round.Tasks.GetValueOrDefault(gone.Agent) is { AtWork: true } task
            ? End(round, task, TaskState.Lost, gone.Code, decisions)
            : round;

    public static Round EndSilent(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        if (now < round.LeaseCheckAt)
        {
            return round;
        }

        long next = long.MaxValue;
        foreach (AgentTask task in round.Tasks.Values.Where(task => task.AtWork))
        {
            if (now >= task.LeaseEnd(rules))
            {
                round = End(round, task, TaskState.Lost, task.State == TaskState.Offered ? Unanswered : "LeaseExpired", decisions);
            }
            else
            {
                next = Math.Min(next, task.LeaseEnd(rules));
            }
        }

        return round.WithLeasesCheckedUntil(next);
    }

    public static Round Reissue(Round round, AgentTask task, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        if (task.Attempt >= rules.MaxAttempts || now >= round.HardDeadline)
        {
            return round;
        }

        var again = new AgentTask(task.Agent, task.Attempt + 1, task.LeaseEpoch + 1, TaskState.Offered, now, now)
        {
            Counts = task.Counts,
            Taken = task.Taken,
        };
        decisions.Add(new RoundDecision.SendOffer(again));
        return round.With(again, rules);
    }

    private static Round End(Round round, AgentTask task, TaskState state, string code, ImmutableArray<RoundDecision>.Builder decisions)
    {
        AgentTask ended = task with { State = state, EndCode = code };
        decisions.Add(new RoundDecision.TaskEnded(ended));
        return round.With(ended);
    }

    private static AgentTask Taken(AgentTask task, long now) =>
        task with { State = TaskState.Accepted, Taken = true, LastHeard = now, EndCode = null };

    private static bool MayEnd(AgentTask task) => task.AtWork || task.State == TaskState.Lost;

    private static AgentTask? Find(Round round, string agent, int epoch) =>
        round.Tasks.GetValueOrDefault(agent) is { } task && task.LeaseEpoch == epoch ? task : null;
}
