using System.Text.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Rollouts;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The fleet for operators.</summary>
internal sealed class FleetService(Task<Serving> serving, TimeProvider time, string? wantedVersion = null) : IFleetService
{
    /// <summary>Longest that a revoked agent keeps its user so that it can be told.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    public async Task<Page<AgentSummary>> ListAsync(AgentFilter filter, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        AgentSummary[] page =
        [
            .. parts.Fleet.All().Select(agent => Summary(agent, parts, time.GetUtcNow()))
                .Concat(Unseen(parts).Select(Summary))
                .OrderBy(agent => agent.Name, StringComparer.Ordinal)
                .Where(agent => filter.Cursor is null || string.CompareOrdinal(agent.Name, filter.Cursor) > 0)
                .Where(agent => filter.Selector.Matches(agent.Labels))
                .Where(agent => filter.Presence is null || agent.Presence == filter.Presence)
                .Where(agent => filter.Standing is null || agent.Standing == filter.Standing)
                .Take(filter.Limit + 1),
        ];
        return page.Length > filter.Limit
            ? new Page<AgentSummary>(page[..filter.Limit], page[filter.Limit - 1].Name)
            : new Page<AgentSummary>(page, Next: null);
    }

    public async Task<AgentDetail> FindAsync(string agent, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        return parts.Fleet.Find(agent) is { } known
            ? Detail(known, parts, time.GetUtcNow())
            : Detail(Unseen(agent, parts) ?? throw Unknown(agent), parts);
    }

    public async Task<IReadOnlyList<VersionGroup>> VersionsAsync(CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        FleetAgent[] agents = [.. parts.Fleet.All().Where(agent => agent.Standing != AgentStanding.Revoked)];
        IReadOnlyDictionary<string, RolloutGroup> tasks = RolloutFigures.ByBuild(
            agents,
            parts.Catalogue.All().Where(entry => !entry.IsOver).Select(entry => entry.Id.ToString())
                .Select(run => (run, parts.Store.Read(run, RolloutFigures.Last))));
        return
        [
            .. agents.GroupBy(agent => agent.Build, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new VersionGroup
                {
                    Version = group.Key,
                    IsWanted = AgentVersions.IsWanted(group.Key, wantedVersion),
                    Online = group.Count(parts.Fleet.IsAvailable),
                    Agents = group.Count(),
                    Tasks = tasks[group.Key],
                }),
        ];
    }

    public Task<AgentDetail> LabelAsync(CommandContext context, string agent, LabelChange change, CancellationToken stop)
    {
        foreach (string word in change.Set.Keys.Concat(change.Set.Values).Concat(change.Remove).Where(word => !LabelSelector.IsWord(word)))
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, $"'{word}' can't be a label's key or value.", "Use 1 to 63 letters, digits, '.', '_' and '-'.");
        }

        return ChangeAsync(
            context,
            agent,
            before => before with
            {
                OperatorLabels = before.OperatorLabels.Where(label => !change.Set.ContainsKey(label.Key) && !change.Remove.Contains(label.Key))
                    .Concat(change.Set.Select(label => KeyValuePair.Create(label.Key, (string?)label.Value)))
                    .Concat(change.Remove.Where(key => before.Hello.Labels.ContainsKey(key)).Select(key => KeyValuePair.Create(key, (string?)null)))
                    .ToDictionary(StringComparer.Ordinal),
            },
            $"labels set: {string.Join(", ", change.Set.Select(label => $"{label.Key}={label.Value}"))}; taken away: "
            + $"{string.Join(", ", change.Remove)}",
            stop);
    }

    public Task<AgentDetail> DrainAsync(CommandContext context, string agent, string? reason, CancellationToken stop) =>
        StandAsync(context, agent, AgentStanding.Draining, reason, stop);

    public Task<AgentDetail> QuarantineAsync(CommandContext context, string agent, string? reason, CancellationToken stop) =>
        StandAsync(context, agent, AgentStanding.Quarantined, reason, stop);

    public Task<AgentDetail> ReleaseAsync(CommandContext context, string agent, CancellationToken stop) =>
        StandAsync(context, agent, AgentStanding.Active, reason: null, stop);

    public async Task<AgentDetail> RenewAsync(CommandContext context, string agent, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        await parts.Enrolment.WantRotationAsync(agent, stop);
        if (parts.Fleet.Find(agent) is not { } known)
        {
            return Detail(Unseen(agent, parts) ?? throw Unknown(agent), parts);
        }

        parts.Credentials.Greeted(known);
        return Detail(known, parts, time.GetUtcNow());
    }

    /// <summary>The service heeds the agent no longer, whatever becomes of its user at the broker then; a repeat tries that again.</summary>
    public async Task<AgentDetail> RevokeAsync(CommandContext context, string agent, string? reason, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        bool seen = parts.Fleet.Find(agent) is not null;
        if (!seen && Unseen(agent, parts) is null)
        {
            throw Unknown(agent);
        }

        AgentDetail? revoked = seen ? await StandAsync(context, agent, AgentStanding.Revoked, reason, stop) : null;

        // An agent that is merely cut off would try for minutes: its user might be on the way back.
        await Task.WhenAny(parts.Fleet.LastFarewell, Task.Delay(Farewell, time, stop));
        await parts.Enrolment.RevokeAsync(agent, stop);
        return revoked ?? Detail(Unseen(agent, parts)!, parts);
    }

    private async Task<AgentDetail> StandAsync(CommandContext context, string agent, AgentStanding standing, string? reason, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        FleetAgent known = parts.Fleet.Find(agent) ?? throw Unknown(agent);
        if (known.Standing == standing)
        {
            return Detail(known, parts, time.GetUtcNow());
        }

        if (known.Standing == AgentStanding.Revoked)
        {
            throw new ServiceRefusedException(ProblemCode.Conflict, $"Agent '{agent}' was revoked.", "Start it again: it joins anew.");
        }

        return await ChangeAsync(
            context,
            agent,
            before => before with { Standing = standing, Reason = reason },
            $"{standing}{(reason is null ? "" : $": {reason}")}",
            stop);
    }

    private async Task<AgentDetail> ChangeAsync(
        CommandContext context, string agent, Func<FleetAgent, FleetAgent> change, string what, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<AgentDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        FleetAgent known = parts.Fleet.Find(agent) ?? throw Unknown(agent);
        StoredCommand? command = CommandAnswers.Make(context, Detail(change(known), parts, time.GetUtcNow()), time);
        return Detail(parts.Fleet.Change(agent, change, what, context.By, command) ?? throw Unknown(agent), parts, time.GetUtcNow());
    }

    /// <summary>Agents that are enrolled and have never been heard of.</summary>
    private static IEnumerable<EnrolledAgent> Unseen(Serving parts) =>
        parts.Enrolment.Agents.All.Where(agent => parts.Fleet.Find(agent.Name) is null);

    private static EnrolledAgent? Unseen(string agent, Serving parts) => parts.Enrolment.Agents.Find(agent);

    private static AgentSummary Summary(EnrolledAgent agent) => new()
    {
        Name = agent.Name,
        InstallationId = agent.Installation,
        Role = AgentRole.Trainer,
        Presence = AgentPresence.NeverSeen,
        Standing = agent.State == EnrolmentState.Revoked ? AgentStanding.Revoked : AgentStanding.Active,
        Labels = agent.Labels,
        Platform = agent.Platform,
        Version = agent.Version,
    };

    private static AgentDetail Detail(EnrolledAgent agent, Serving parts) => new()
    {
        Summary = Summary(agent),
        Engines = [],
        Models = [],
        DataSets = [],
        EnrolledAt = agent.EnrolledAt,
        BrokerUser = agent.IsActive ? AgentUser.Of(agent.Name) : null,
        PasswordChangeWanted = agent is { IsActive: true, RotationWanted: true },
        ForgedMessages = parts.Senders.ForgedOf(agent.Name),
        History = [],
    };

    private static ServiceRefusedException Unknown(string agent) => new(
        ProblemCode.NotFound, $"No agent of the fleet is named '{agent}'.", "edgeflora agents ls shows them.");

    public static AgentSummary Summary(FleetAgent agent, Serving parts, DateTimeOffset moment) => new()
    {
        Name = agent.Name,
        InstallationId = agent.Hello.Installation,
        Role = agent.Hello.Role,
        Presence = parts.Fleet.PresenceOf(agent),
        Standing = agent.Standing,
        Reason = agent.Reason,
        Labels = agent.Labels,
        Platform = agent.Hello.Platform,
        Device = agent.Hello.Engines.Count == 0 ? null : $"{agent.Hello.Engines[0].Engine} on {agent.Hello.Engines[0].Device}",
        Version = agent.Build,
        Examples = agent.Hello.Data.Examples,
        RunId = parts.Director.Sharing.RunOf(agent.Name),
        Activity = agent.Activity,
        Sentence = RunWaitView.Of(agent, parts, moment),
        LastHeardAt = agent.LastHeardAt,
    };

    private static AgentDetail Detail(FleetAgent agent, Serving parts, DateTimeOffset moment) => new()
    {
        Summary = Summary(agent, parts, moment),
        Engines = agent.Hello.Engines,
        Models = agent.Hello.Bases,
        ModelCache = agent.Hello.ModelCache,
        DataSets = [.. agent.DataSets.Select(
            data => new AgentDataSet(data.Name, data.Task == LearningTask.LanguageModel ? "lm" : "classification", data.Examples, data.HeldOut))],
        CpuCores = agent.Hello.CpuCores,
        Limits = agent.Hello.Limits,
        DiskFreeBytes = agent.Hello.DiskFreeBytes,
        Rank = RunWaitView.RankOf(agent, parts),
        EnrolledAt = parts.Enrolment.Agents.Find(agent.Name)?.EnrolledAt ?? agent.EnrolledAt,
        BrokerUser = parts.Enrolment.Agents.Find(agent.Name) is { IsActive: true } ? AgentUser.Of(agent.Name) : null,
        PasswordChangeWanted = parts.Enrolment.Agents.Find(agent.Name) is { IsActive: true, RotationWanted: true },
        ForgedMessages = parts.Senders.ForgedOf(agent.Name),
        History =
        [
            .. parts.Fleet.History(agent.Name).Select(entry => new AgentHistoryEntry(
                DateTimeOffset.FromUnixTimeMilliseconds(entry.At), entry.What, entry.Run is null ? null : Guid.Parse(entry.Run), entry.By)),
        ],
        Terminal = agent.Terminal,
        TerminalAt = agent.TerminalAt,
        Events = [.. parts.Store.EventsOf(agent.Name, 100).Select(kept => EventOf(kept))],
    };

    private static EventEnvelope EventOf((long Id, long At, string Body) kept) =>
        new() { Id = kept.Id, At = DateTimeOffset.FromUnixTimeMilliseconds(kept.At), Event = JsonSerializer.Deserialize<RunEvent>(kept.Body)! };
}
