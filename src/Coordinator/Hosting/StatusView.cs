using System.Reflection;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>How the service stands, for the API.</summary>
internal static class StatusView
{
    private static readonly string? Version =
        typeof(StatusView).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <summary>Of a service that does not serve yet, or no more.</summary>
    /// <param name="problem">Why; a sentence.</param>
    public static ServiceStatus NotReady(string problem, DateTimeOffset now) => new()
    {
        Ready = false,
        Problem = problem,
        Runs = new Dictionary<RunState, int>(),
        AgentsOnline = 0,
        Agents = 0,
        AgentsBusy = 0,
        Version = Version,
        Term = 0,
        StartedAt = now,
    };

    public static ServiceStatus Of(Serving parts) => new()
    {
        Ready = true,
        Runs = parts.Catalogue.All().GroupBy(entry => entry.State).ToDictionary(group => group.Key, group => group.Count()),
        AgentsOnline = parts.Fleet.All().Count(parts.Fleet.IsAvailable),
        Agents = parts.Fleet.All().Where(agent => agent.Standing != AgentStanding.Revoked).Select(agent => agent.Name)
            .Union(parts.Enrolment.Agents.All.Where(agent => agent.IsActive).Select(agent => agent.Name)).Count(),
        AgentsBusy = parts.Director.Sharing.Busy,
        ForgedMessages = parts.Senders.Forged,
        EnrolmentRequired = parts.Enrolment.IsRequired,
        Version = Version,
        Term = parts.Store.Term,
        StartedAt = parts.StartedAt,
    };
}
