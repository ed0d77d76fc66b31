using System.Globalization;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>When to alert, and what to do then. No clock and no I/O.</summary>
internal static class AlertRules
{
    /// <summary>How long the end of a run is told.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromDays(1);

    /// <summary>A run that waits longer for agents is worth a look.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(10);

    private const int DeepQueue = 1000;
    private const long Gigabyte = 1L << 30;
    private const int MostNamed = 5;

    /// <returns>The most urgent first.</returns>
    public static IReadOnlyList<ServiceAlert> Of(AlertFacts facts) =>
    [
        .. Service(facts).Concat(Disk(facts.Resources)).Concat(Queues(facts.Resources)).Concat(Runs(facts)).Concat(Agents(facts))
            .OrderBy(alert => alert.Severity),
    ];

    private static IEnumerable<ServiceAlert> Service(AlertFacts facts)
    {
        if (!facts.Status.Ready)
        {
            yield return Alert(
                AlertSeverity.Critical,
                $"The service takes no commands: {facts.Status.Problem}",
                "Look into its log; it is in the folder that the service named at its start.");
        }

        if (facts.BodiesTrouble is { } trouble)
        {
            yield return Alert(
                AlertSeverity.Critical,
                $"{char.ToUpperInvariant(trouble[0])}{trouble[1..]}.",
                "Mend what it names; edgeflora doctor --coordinator FILE looks at each step. Runs go on by themselves then, and nothing is lost.");
        }

        if (facts.Resources.ForgedMessages > 0)
        {
            yield return Alert(
                AlertSeverity.Critical,
                $"{Count(facts.Resources.ForgedMessages, "message")} named an agent and came from another user of the broker; they were dropped.",
                "The log names the users. Change their passwords at the broker, or take their access away.");
        }
    }

    private static IEnumerable<ServiceAlert> Disk(ServiceResources resources)
    {
        if (resources is { DiskFreeBytes: { } free, DiskTotalBytes: { } total } && free < Math.Min(2 * Gigabyte, total / 10))
        {
            yield return Alert(
                free < Gigabyte / 4 ? AlertSeverity.Critical : AlertSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, $"The disk of the state folder has {free / 1e9:0.0} GB left of {total / 1e9:0.0} GB."),
                "Free some: delete runs that are over and not needed (edgeflora runs delete), let runs keep fewer models (retention.models), "
                    + "or move the state folder to a larger disk.");
        }
    }

    private static IEnumerable<ServiceAlert> Queues(ServiceResources resources)
    {
        if (resources.QueuesProblem is { } problem)
        {
            yield return Alert(
                AlertSeverity.Critical,
                $"The broker could not be asked for its queues: {problem}",
                "Look whether the broker runs, is reached from this machine, and lets the service in.");
        }

        foreach (QueueDepth queue in resources.Queues)
        {
            if (!queue.Exists || queue.Consumers == 0)
            {
                yield return Alert(
                    AlertSeverity.Critical,
                    queue.Exists ? $"Nobody reads the queue {queue.Name}." : $"The broker has no queue {queue.Name}.",
                    "Messages of agents do not arrive. Start the service again: it declares its queues and goes on from its state.");
            }
            else if (queue.Messages >= DeepQueue)
            {
                yield return Alert(
                    AlertSeverity.Warning,
                    $"{Count(queue.Messages, "message")} wait in {queue.Name}.",
                    "The service is slower than its agents. Let fewer runs work at once (maxActiveRuns), or give it a faster disk and more cores.");
            }
        }
    }

    private static IEnumerable<ServiceAlert> Runs(AlertFacts facts)
    {
        foreach (RunSummary run in facts.Runs)
        {
            bool recent = run.EndedAt is not { } ended || facts.Moment - ended < Recent;
            if (run is { State: RunState.Failed } && recent)
            {
                yield return Alert(
                    AlertSeverity.Warning,
                    $"Run '{run.Name}' failed: {run.Reason}",
                    "Mend what the reason names; edgeflora runs fork goes on from its newest model.") with
                { RunId = run.Id, Since = run.EndedAt };
            }
            else if (run is { State: RunState.Incomplete } && recent)
            {
                yield return Alert(
                    AlertSeverity.Warning,
                    $"Run '{run.Name}' ended with rounds missing: {run.Reason}",
                    "Look at the agents without a result; edgeflora runs fork goes on from its newest model.") with
                { RunId = run.Id, Since = run.EndedAt };
            }
            else if (run.Waiting is { Kind: WaitKind.Agents } waiting && facts.Moment - waiting.Since >= LongWait)
            {
                yield return Alert(
                    AlertSeverity.Warning,
                    $"Run '{run.Name}' {waiting.Sentence}",
                    "Start the agents, release those that are drained, or ask for fewer: edgeflora runs set ID agents.min=N.") with
                { RunId = run.Id, Since = waiting.Since };
            }
        }
    }

    private static IEnumerable<ServiceAlert> Agents(AlertFacts facts)
    {
        AgentSummary[] silent =
            [.. facts.Agents.Where(agent => agent is { Presence: AgentPresence.Silent, Standing: AgentStanding.Active or AgentStanding.Draining })];
        if (silent.Length > 0)
        {
            yield return Alert(
                AlertSeverity.Warning,
                $"{Count(silent.Length, "agent")} {(silent.Length == 1 ? "is" : "are")} silent: {Names(silent)}.",
                "Look on the device whether the agent runs, and whether it reaches the broker: its log says so in a line.") with
            { AgentId = silent.Length == 1 ? silent[0].Name : null, Since = silent.Min(agent => agent.LastHeardAt) };
        }

        foreach (AgentSummary agent in facts.Agents.Where(agent => agent.Standing == AgentStanding.Quarantined).Take(MostNamed))
        {
            yield return Alert(
                AlertSeverity.Warning,
                $"Agent {agent.Name} is quarantined: {agent.Reason ?? "by an operator"}",
                "Look at its last errors; when they are mended, edgeflora agents release lets it in again.") with
            { AgentId = agent.Name };
        }

        if (facts.WantedVersion is { } wanted)
        {
            AgentSummary[] others =
                [.. facts.Agents.Where(agent => agent.Presence == AgentPresence.Online && !AgentVersions.IsWanted(agent.Version, wanted))];
            if (others.Length > 0)
            {
                yield return Alert(
                    AlertSeverity.Notice,
                    $"{Count(others.Length, "agent")} {(others.Length == 1 ? "is" : "are")} not of version {wanted}: {Names(others)}.",
                    "Install it there (agentVersion of the configuration names it); edgeflora agents versions compares how each does.");
            }

            yield break;
        }

        string[] versions =
        [
            .. facts.Agents.Where(agent => agent.Presence == AgentPresence.Online).Select(agent => agent.Version)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        if (versions.Length > 1)
        {
            yield return Alert(
                AlertSeverity.Notice,
                $"Agents of {versions.Length} versions work side by side: {string.Join(", ", versions.Take(MostNamed))}.",
                "Bring the older ones up to date when it suits; the contract keeps them working meanwhile.");
        }
    }

    private static ServiceAlert Alert(AlertSeverity severity, string sentence, string fix) =>
        new() { Severity = severity, Sentence = sentence, Fix = fix };

    private static string Count(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Names(AgentSummary[] agents) => string.Join(", ", agents.Take(MostNamed).Select(agent => agent.Name))
        + (agents.Length > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {agents.Length - MostNamed} more") : "");
}
