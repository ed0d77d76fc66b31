using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What an agent is at, or why it is at nothing, in a sentence.</summary>
internal static class AgentWaits
{
    public static string Sentence(AgentWaitFacts facts) => facts.Standing switch
    {
        AgentStanding.Revoked => $"was revoked{Because(facts)}; started again, it has to join anew",
        AgentStanding.Quarantined => $"is quarantined{Because(facts)}; it gets nothing until it is released",
        AgentStanding.Draining when facts is { Presence: AgentPresence.Online, Run: { } run } =>
            $"finishes what it has for {run}{Task(facts)}, and gets nothing new{Because(facts)}",
        AgentStanding.Draining => $"{Where(facts)}; it is drained and gets nothing new until it is released{Because(facts)}",
        AgentStanding.Active when facts is { Presence: AgentPresence.Online, Run: { } run } => $"works for {run}{Task(facts)}",
        AgentStanding.Active when facts.Presence == AgentPresence.Online => Idle(facts),
        AgentStanding.Active => Where(facts),
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Standing, "A standing of an agent without a sentence."),
    };

    private static string Where(AgentWaitFacts facts) => facts.Presence switch
    {
        AgentPresence.NeverSeen => "is enrolled and was never heard of; start it on its device",
        AgentPresence.Online => "is there",
        AgentPresence.Silent =>
            $"has been silent for {WaitText.Span(facts.Unheard)}{(facts.Run is null ? "" : $", in the middle of its work for {facts.Run}")}; "
                + "look whether it runs and reaches the broker",
        AgentPresence.Left => $"left in good order {WaitText.Span(facts.Unheard)} ago; it is back when it is started",
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Presence, "A presence of an agent without a sentence."),
    };

    private static string Idle(AgentWaitFacts facts) =>
        facts.Runs.Count > 0 ? $"waits for work: {WaitText.Names(facts.Runs)}"
        : facts.Evaluates ? "waits for a model to measure: no run is under way"
        : "waits for work: no run is under way";

    private static string Task(AgentWaitFacts facts) => facts.Task is null ? "" : $", {facts.Task}";

    private static string Because(AgentWaitFacts facts) => string.IsNullOrEmpty(facts.Reason) ? "" : $": {facts.Reason}";
}
