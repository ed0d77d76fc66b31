using System.Collections.Concurrent;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Fleet;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Two agents in memory.</summary>
internal sealed class FakeFleetService : IFleetService
{
    private readonly ConcurrentDictionary<string, AgentDetail> agents = new(
        new[] { Agent("a", "berlin"), Agent("b", "paris") }.Select(agent => KeyValuePair.Create(agent.Summary.Name, agent)));

    public Task<Page<AgentSummary>> ListAsync(AgentFilter filter, CancellationToken stop) => Task.FromResult(new Page<AgentSummary>(
        [.. agents.Values.Select(agent => agent.Summary).Where(agent => filter.Selector.Matches(agent.Labels)
            && (filter.Presence ?? agent.Presence) == agent.Presence && (filter.Standing ?? agent.Standing) == agent.Standing).OrderBy(
                agent => agent.Name,
                StringComparer.Ordinal)],
        null));

    public Task<AgentDetail> FindAsync(string agent, CancellationToken stop) => Task.FromResult(Find(agent));

    public Task<IReadOnlyList<VersionGroup>> VersionsAsync(CancellationToken stop) => Task.FromResult<IReadOnlyList<VersionGroup>>(
    [
        new() { Version = "0.1.0", Online = 2, Agents = 3, Tasks = new RolloutGroup { Tasks = 10, Failed = 1, LossRatio = 0.95 } },
        new() { Version = "0.2.0+0123456789ab", IsWanted = true, Online = 1, Agents = 1, Tasks = new RolloutGroup() },
    ]);

    public Task<AgentDetail> LabelAsync(CommandContext context, string agent, LabelChange change, CancellationToken stop)
    {
        var labels = Find(agent).Summary.Labels.Where(label => !change.Remove.Contains(label.Key)).ToDictionary();
        foreach ((string key, string value) in change.Set)
        {
            labels[key] = value;
        }

        return Put(agent, summary => summary with { Labels = labels });
    }

    public Task<AgentDetail> DrainAsync(CommandContext context, string agent, string? reason, CancellationToken stop) =>
        Stand(agent, AgentStanding.Draining, reason);

    public Task<AgentDetail> QuarantineAsync(CommandContext context, string agent, string? reason, CancellationToken stop) => Stand(
        agent, AgentStanding.Quarantined, reason);

    public Task<AgentDetail> ReleaseAsync(CommandContext context, string agent, CancellationToken stop) => Stand(agent, AgentStanding.Active, null);

    public Task<AgentDetail> RenewAsync(CommandContext context, string agent, CancellationToken stop) =>
        Task.FromResult(agents[agent] = Find(agent) with { PasswordChangeWanted = true });

    public Task<AgentDetail> RevokeAsync(CommandContext context, string agent, string? reason, CancellationToken stop) =>
        Stand(agent, AgentStanding.Revoked, reason);

    private Task<AgentDetail> Stand(string agent, AgentStanding standing, string? reason) => Put(
        agent,
        summary => summary with { Standing = standing, Reason = reason });

    private Task<AgentDetail> Put(string agent, Func<AgentSummary, AgentSummary> change)
    {
        AgentDetail detail = Find(agent);
        return Task.FromResult(agents[agent] = detail with { Summary = change(detail.Summary) });
    }

    private AgentDetail Find(string agent) => agents.GetValueOrDefault(agent) ?? throw new ServiceRefusedException(
        ProblemCode.NotFound, $"there is no agent '{agent}'", "list agents: edgeflora agents ls");

    private static AgentDetail Agent(string name, string site) => new()
    {
        Summary = new AgentSummary
        {
            Name = name,
            InstallationId = Guid.Parse("0192f3a4-5b6c-7d8e-9f01-23456789abcd"),
            Role = AgentRole.Trainer,
            Presence = AgentPresence.Online,
            Standing = AgentStanding.Active,
            Labels = new Dictionary<string, string> { ["site"] = site },
            Platform = "linux-x64",
            Device = "cpu",
            Version = "0.1.0",
            Examples = 100,
        },
        Engines = [],
        Models = [],
        DataSets = [new AgentDataSet("reviews", "classification", 80, 20)],
        Terminal = name == "a" ? ["idle", "\u001b[31mtraining for round 1"] : [],
        TerminalAt = name == "a" ? DateTimeOffset.UnixEpoch : null,
        History = [],
    };
}
