using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Rounds;
using AgentStanding = EdgeFlora.Contracts.Api.AgentStanding;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Gathers what the sentences about waiting are made of.</summary>
internal static class RunWaitView
{
    /// <summary>What a run waits for; null: it is over.</summary>
    public static WaitReason? Of(RunEntry entry, Serving parts, DateTimeOffset moment)
    {
        RunSight? sight = parts.Director.Sight(entry.Id);
        DateTimeOffset since = sight?.Since ?? entry.SubmittedAt;
        int present = entry.IsOver ? 0 : sight?.Round?.Online.Count ?? parts.Director.Fitting(entry);
        int needed = sight?.Round?.Needed ?? entry.Options.Rounds.MinAgents;
        // Looking through fleet and runs is for those that wait for them: a list may hold many that don't.
        bool gathers = !entry.IsOver && (sight?.Round is null or { State: RoundState.Planned });
        return RunWaits.Of(new RunWaitFacts
        {
            Run = entry.Id,
            State = entry.State,
            Reason = entry.Reason,
            SpentUnknown = entry.SpentUnknown,
            Moment = moment,
            BodiesTrouble = parts.Bodies.TroubleAt(moment),
            Since = since,
            Round = sight?.Open,
            Advances = parts.Advances.Of(entry.Id),
            WaitsForEvaluators = sight?.WaitsForEvaluators == true,
            Evaluators = sight?.Evaluators ?? [],
            EvaluatorsUntil = sight?.EvaluatorsUntil,
            Present = present,
            Needed = needed,
            Missing =
            [
                .. entry.Options.Rounds.ExpectedAgents.Where(name => parts.Fleet.Find(name) is not { } agent || !parts.Fleet.IsAvailable(agent))
                    .Order(StringComparer.Ordinal),
            ],
            Selector = entry.Selector,
            DataSet = entry.DataSet,
            Absent = gathers && present < needed ? [.. Absent(entry, parts, sight)] : [],
            Before = gathers && present >= needed ? [.. Before(entry, parts)] : [],
            Until = entry.WaitFor is { } most ? since + most : null,
        });
    }

    /// <summary>What an agent is at, or why it is at nothing.</summary>
    public static string Of(FleetAgent agent, Serving parts, DateTimeOffset moment)
    {
        RunEntry? works = parts.Director.Sharing.RunOf(agent.Name) is { } run ? parts.Catalogue.Find(run) : null;
        return AgentWaits.Sentence(new AgentWaitFacts
        {
            Presence = parts.Fleet.PresenceOf(agent),
            Standing = agent.Standing,
            Reason = agent.Reason,
            Unheard = moment - agent.LastHeardAt,
            Evaluates = agent.Hello.Role == AgentRole.Evaluator,
            Run = works is null ? null : $"'{works.Name}'",
            Task = works is null ? null : Task(agent, works, parts, moment),
            Runs = works is not null || agent.Standing != AgentStanding.Active ? []
                :
                [
                    .. parts.Catalogue.All().Where(entry => !entry.IsOver).OrderByDescending(entry => entry.Wants(agent))
                        .Select(entry => Idle(agent, entry, parts)),
                ],
        });
    }

    /// <summary>LoRA rank of an agent's task in the round at hand; null: it has none.</summary>
    public static int? RankOf(FleetAgent agent, Serving parts) =>
        parts.Director.Sharing.RunOf(agent.Name) is { } run
        && parts.Catalogue.Find(run) is { } works
        && parts.Director.Sight(run)?.Open?.Round.Tasks.GetValueOrDefault(agent.Name) is { } task
            ? task.Rank ?? works.Options.Lora.Rank
            : null;

    /// <summary>Why agents that one might think of do not count.</summary>
    private static IEnumerable<string> Absent(RunEntry entry, Serving parts, RunSight? sight) => parts.Fleet.All()
        .Where(agent => agent.Hello.Role == AgentRole.Trainer && agent.Standing != AgentStanding.Revoked)
        .Where(agent => !entry.Wants(agent) || !parts.Fleet.IsAvailable(agent))
        .OrderByDescending(entry.Wants)
        .Select(agent => entry.WhyUnwanted(agent) is { } reason ? $"{agent.Name} {reason}" : $"{agent.Name} is {Said(agent, parts)}")
        .Concat(sight?.Unfit.Select(agent => $"{agent.Key}: {agent.Value}") ?? []);

    /// <summary>Runs that have their agents and are served before this one. One that waits for agents itself takes none away.</summary>
    private static IEnumerable<string> Before(RunEntry entry, Serving parts) => parts.Catalogue.All()
        .Where(other => other.Id != entry.Id && (other.State is RunState.Queued or RunState.Running) && IsServedBefore(other, entry, parts))
        .OrderByDescending(other => other.Priority).ThenBy(other => other.SubmittedAt).Select(other => $"'{other.Name}'");

    private static bool IsServedBefore(RunEntry other, RunEntry entry, Serving parts) => parts.Director.Led(other.Id) is not null
        ? parts.Director.Sight(other.Id) is { WaitsForAgents: false }
        : (other.Priority, entry.SubmittedAt).CompareTo((entry.Priority, other.SubmittedAt)) > 0
            && parts.Director.Fitting(other) >= other.Options.Rounds.MinAgents;

    private static string? Task(FleetAgent agent, RunEntry works, Serving parts, DateTimeOffset moment)
    {
        if (parts.Director.Sight(works.Id)?.Open is not { } sight || !sight.Round.Tasks.TryGetValue(agent.Name, out AgentTask? task))
        {
            return null;
        }

        TaskAdvance? advance = parts.Advances.Of(works.Id).GetValueOrDefault(agent.Name) is { } last && last.Round == sight.Round.Number
            ? last
            : null;
        return $"round {sight.Round.Number}: "
            + $"{TaskWaits.Sentence(task, advance, sight.Round.Silent.Contains(agent.Name), sight.ClockAt(moment), sight.Rules)}";
    }

    /// <summary>Why an agent that is there and free does nothing for a run.</summary>
    private static string Idle(FleetAgent agent, RunEntry entry, Serving parts)
    {
        string name = $"'{entry.Name}'";
        if (entry.WhyUnwanted(agent) is { } unwanted)
        {
            return $"{name} can't use it: it {unwanted}";
        }

        RunSight? sight = parts.Director.Sight(entry.Id);
        if (sight?.Unfit.GetValueOrDefault(agent.Name) is { } reason)
        {
            return $"{name} can't use it: {reason}";
        }

        return entry.State == RunState.Paused ? $"{name} is held by an operator"
            : sight?.Round is { IsOver: false } round && round.Tasks.TryGetValue(agent.Name, out AgentTask? task)
                ? $"{name} has its part of round {round.Number}: {task.State.ToString().ToLowerInvariant()}"
            : sight?.Round is { State: not RoundState.Planned, IsOver: false } under
                ? $"{name} did not ask it in round {under.Number}"
            : sight is null or { WaitsForAgents: true } ? $"{name} waits for more agents"
            : $"{name} begins its next round";
    }

    private static string Said(FleetAgent agent, Serving parts) =>
        agent.Standing != AgentStanding.Active ? agent.Standing.ToString().ToLowerInvariant()
        : parts.Fleet.PresenceOf(agent) switch
        {
            AgentPresence.Silent => "silent",
            AgentPresence.Left => "gone",
            _ => "not there",
        };
}
