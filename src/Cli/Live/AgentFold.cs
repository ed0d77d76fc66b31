using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Live;

/// <summary>What an event says about one agent.</summary>
internal static class AgentFold
{
    public static AgentView Apply(AgentView agent, RunEvent happened)
    {
        AgentState? state = StateAfter(happened.Kind);
        AgentView view = agent with
        {
            Examples = happened.Examples ?? agent.Examples,
            GlobalAccuracy = happened.GlobalAccuracy ?? agent.GlobalAccuracy,
            LocalAccuracy = happened.LocalAccuracy ?? agent.LocalAccuracy,
            GlobalLoss = happened.GlobalLoss ?? agent.GlobalLoss,
            LocalLoss = happened.LocalLoss ?? agent.LocalLoss,
            Rounds = happened.Round > 0 && state is { } outcome
                ? agent.Rounds.SetItem(happened.Round, Part(agent.Rounds.GetValueOrDefault(happened.Round) ?? new AgentRound(), happened, outcome))
                : agent.Rounds,
        };
        return happened.Sequence > agent.LastSequence ? Now(view, happened, state) : view;
    }

    /// <summary>What the ledger's line of a committed round says last about an agent that does not count in it.</summary>
    public static AgentView Settle(AgentView agent, RunEvent committed, AgentState outcome, string? reason)
    {
        AgentRound part = agent.Rounds.GetValueOrDefault(committed.Round) ?? new AgentRound();
        part = part with { Outcome = outcome, EndedMs = part.EndedMs ?? committed.ElapsedMs, Bytes = 0, Reason = reason ?? part.Reason };
        AgentView view = agent with { Rounds = agent.Rounds.SetItem(committed.Round, part) };
        return committed.Sequence > agent.LastSequence
            ? view with { State = outcome, Phase = null, Reason = reason ?? view.Reason, LastSequence = committed.Sequence }
            : view;
    }

    private static AgentView Now(AgentView agent, RunEvent happened, AgentState? state) => agent with
    {
        LastSequence = happened.Sequence,
        State = state ?? agent.State,
        Phase = happened.Phase ?? (state == AgentState.Working ? agent.Phase : null),
        Step = happened.Step ?? (state == AgentState.Offered ? 0 : agent.Step),
        Total = happened.Total ?? (state == AgentState.Offered ? 0 : agent.Total),
        Loss = happened.Loss ?? agent.Loss,
        Reason = state is AgentState.Late or AgentState.Refused or AgentState.Dropped or AgentState.Left or AgentState.Quarantined
            ? happened.Detail ?? happened.Code
            : state is null ? agent.Reason : null,
    };

    private static AgentRound Part(AgentRound part, RunEvent happened, AgentState state)
    {
        bool ended = state is not (AgentState.Offered or AgentState.Working or AgentState.Idle);
        return part with
        {
            StartedMs = state == AgentState.Working ? Math.Min(part.StartedMs ?? happened.ElapsedMs, happened.ElapsedMs) : part.StartedMs,
            EndedMs = ended ? happened.ElapsedMs : part.EndedMs,
            Outcome = ended || part.EndedMs is null ? state : part.Outcome,
            Bytes = state == AgentState.Accepted ? happened.Bytes ?? part.Bytes : part.Bytes,
            Loss = happened.Loss ?? part.Loss,
            GlobalAccuracy = happened.GlobalAccuracy ?? part.GlobalAccuracy,
            LocalAccuracy = happened.LocalAccuracy ?? part.LocalAccuracy,
            Reason = ended && state != AgentState.Accepted ? happened.Detail ?? happened.Code ?? part.Reason : part.Reason,
        };
    }

    private static AgentState? StateAfter(RunEventKind kind) => kind switch
    {
        RunEventKind.AgentJoined => AgentState.Idle,
        RunEventKind.AgentRefused => AgentState.Refused,
        RunEventKind.AgentLeft => AgentState.Left,
        RunEventKind.AgentQuarantined => AgentState.Quarantined,
        RunEventKind.TaskOffered => AgentState.Offered,
        RunEventKind.TaskAccepted or RunEventKind.TaskProgressed => AgentState.Working,
        RunEventKind.TaskDeclined or RunEventKind.TaskFailed or RunEventKind.TaskLost => AgentState.Dropped,
        RunEventKind.ResultAccepted => AgentState.Accepted,
        RunEventKind.ResultRejected => AgentState.Refused,
        RunEventKind.ResultLate => AgentState.Late,
        _ => null,
    };
}
