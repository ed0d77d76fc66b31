using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>Agents that should be there and are not.</summary>
internal sealed class AgentsCheck(ServiceExamination service) : ServiceCheck(service)
{
    private const int Named = 5;

    public override string Name => "service.agents";

    public override string Deed => "asks which agents are away";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        ServiceStatus status = await Service.Client.GetAsync<ServiceStatus>("/api/v1/status", stop);
        Page<AgentSummary> silent = await Service.Client.GetAsync<Page<AgentSummary>>("/api/v1/agents?presence=Silent&limit=500", stop);
        string there = FormattableString.Invariant($"{status.AgentsOnline} of {status.Agents} are there");
        if (silent.Items.Count == 0)
        {
            return status.Agents == 0
                ? Finding.Warning("there are none", "edgeflora tokens create --agent, and on a device the command that it prints")
                : Finding.Ok(there);
        }

        string names = string.Join(", ", silent.Items.Take(Named).Select(agent => agent.Name));
        string more = silent.Next is not null ? " and hundreds more"
            : silent.Items.Count > Named ? FormattableString.Invariant($" and {silent.Items.Count - Named} more")
            : "";
        return Finding.Warning(
            $"{there}; silent without having said goodbye: {names}{more}",
            $"on the device: edgeflora doctor; edgeflora agents show {silent.Items[0].Name} says when it was heard last");
    }
}
