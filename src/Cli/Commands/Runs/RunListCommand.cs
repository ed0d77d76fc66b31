using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs ls</c>.</summary>
internal sealed class RunListCommand : ServiceCommand
{
    private readonly Option<string?> state;
    private readonly Option<string?> name;
    private readonly Option<int> limit;

    public RunListCommand()
        : this(
            new("--state") { Description = $"Only runs in this state: {string.Join(", ", Enum.GetNames<RunState>())}", HelpName = "STATE" },
            new("--name") { Description = "Only runs of this name", HelpName = "NAME" },
            Ranged.Number("--limit", "Most runs to list, newest first", "runs", 1, 500, 50))
    {
    }

    private RunListCommand(Option<string?> state, Option<string?> name, Option<int> limit)
        : base("ls", "List runs, newest first.", state, name, limit) => (this.state, this.name, this.limit) = (state, name, limit);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string query = $"?limit={parsed.GetValue(limit)}"
            + (parsed.GetValue(state) is { } only ? $"&state={Uri.EscapeDataString(only)}" : "")
            + (parsed.GetValue(name) is { } called ? $"&name={Uri.EscapeDataString(called)}" : "");
        Page<RunSummary> page = await client.GetAsync<Page<RunSummary>>("/api/v1/runs" + query, stop);
        answer.Show(page.Items, RunText.Table);
        if (page.Next is not null)
        {
            answer.Say($"and more; --limit shows up to 500");
        }

        return ExitCode.Done;
    }
}
