using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>The fleet as the API sees it. Every method may be called by many at once; refusals are as in <see cref="Runs.IRunService"/>.</summary>
public interface IFleetService
{
    /// <summary>Agents by name.</summary>
    Task<Page<AgentSummary>> ListAsync(AgentFilter filter, CancellationToken stop);

    Task<AgentDetail> FindAsync(string agent, CancellationToken stop);

    /// <summary>Agents by the version of their program, and what came of the tasks of each lately; the newest version by name comes last.</summary>
    Task<IReadOnlyList<VersionGroup>> VersionsAsync(CancellationToken stop);

    /// <summary>Sets and takes away labels, all of it or nothing.</summary>
    Task<AgentDetail> LabelAsync(CommandContext context, string agent, LabelChange change, CancellationToken stop);

    /// <summary>Lets it finish what it has and gives it nothing new, until <see cref="ReleaseAsync"/>. A repeat changes nothing.</summary>
    Task<AgentDetail> DrainAsync(CommandContext context, string agent, string? reason, CancellationToken stop);

    /// <summary>Has an agent change its password by itself: now if it is there, else when it comes.</summary>
    /// <exception cref="ServiceRefusedException">There is no such enrolled agent, or it can't.</exception>
    Task<AgentDetail> RenewAsync(CommandContext context, string agent, CancellationToken stop);

    /// <summary>Gives its tasks up and refuses what it sends, in all runs, until <see cref="ReleaseAsync"/>. A repeat changes nothing.</summary>
    Task<AgentDetail> QuarantineAsync(CommandContext context, string agent, string? reason, CancellationToken stop);

    /// <summary>
    /// Ends drain and quarantine; strikes are forgotten. A repeat changes nothing. <see cref="ProblemCode.Conflict"/> for a revoked agent.
    /// </summary>
    Task<AgentDetail> ReleaseAsync(CommandContext context, string agent, CancellationToken stop);

    /// <summary>Ends its membership: its credential no longer counts, and its name is free. A repeat changes nothing.</summary>
    Task<AgentDetail> RevokeAsync(CommandContext context, string agent, string? reason, CancellationToken stop);
}
