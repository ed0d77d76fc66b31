using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents ls</c>.</summary>
internal sealed class AgentListCommand : ServiceCommand
{
    private readonly Option<string?> selector;
    private readonly Option<string?> presence;
    private readonly Option<string?> standing;

    public AgentListCommand()
        : this(
            new("--selector", "-l") { Description = "Only agents whose labels match, such as \"site in (a, b), gpu=yes\"", HelpName = "SELECTOR" },
            new("--presence") { Description = $"Only agents that are: {string.Join(", ", Enum.GetNames<AgentPresence>())}", HelpName = "NAME" },
            new("--standing") { Description = $"Only agents that are: {string.Join(", ", Enum.GetNames<AgentStanding>())}", HelpName = "NAME" })
    {
    }

    private AgentListCommand(Option<string?> selector, Option<string?> presence, Option<string?> standing)
        : base("ls", "List agents by name.", selector, presence, standing) =>
        (this.selector, this.presence, this.standing) = (selector, presence, standing);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        var agents = new List<AgentSummary>();
        string query = string.Concat(new[] { selector, presence, standing }.Where(option => parsed.GetValue(option) is not null)
            .Select(option => $"&{option.Name[2..]}={Uri.EscapeDataString(parsed.GetValue(option)!)}"));
        string? next = null;
        do
        {
            Page<AgentSummary> page = await client.GetAsync<Page<AgentSummary>>(
                $"/api/v1/agents?limit=500{query}{(next is null ? "" : $"&cursor={Uri.EscapeDataString(next)}")}", stop);
            agents.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null);
        answer.Show(agents, AgentText.Table);
        return ExitCode.Done;
    }
}
