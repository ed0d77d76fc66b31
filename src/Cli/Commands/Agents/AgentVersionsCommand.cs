using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents versions</c>.</summary>
internal sealed class AgentVersionsCommand : ServiceCommand
{
    public AgentVersionsCommand()
        : base("versions", "List versions of the agent program: how many agents have each, and what came of their tasks in the last rounds.")
    {
    }

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        answer.Show(await client.GetAsync<IReadOnlyList<VersionGroup>>("/api/v1/agent-versions", stop), Table);
        return ExitCode.Done;
    }

    private static IEnumerable<string> Table(IReadOnlyList<VersionGroup> versions) => versions.Count == 0
        ? ["no agents"]
        : TextTable.Lines(
            ["VERSION", "WANTED", "ONLINE", "AGENTS", "TASKS", "FAILED", "REFUSED", "LOSS AFTER / BEFORE"],
            versions.Select(version => new[]
            {
                AgentText.Version(version.Version), version.IsWanted ? "yes" : null, Text(version.Online), Text(version.Agents),
                Text(version.Tasks.Tasks), Text(version.Tasks.Failed), Text(version.Tasks.Refused),
                version.Tasks.LossRatio?.ToString("0.000", CultureInfo.InvariantCulture),
            }));

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
