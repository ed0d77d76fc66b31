using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Models;

/// <summary><c>edgeflora models rm</c>.</summary>
internal sealed class RemoveModelCommand : ServiceCommand
{
    private readonly Argument<string> name;

    public RemoveModelCommand()
        : this(new("NAME") { Description = "Name of a model that was added" })
    {
    }

    private RemoveModelCommand(Argument<string> name)
        : base("rm", "Remove a base model that was added, from the service; agents that have fetched it keep it.", name) => this.name = name;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string removed = parsed.GetRequiredValue(name);
        await client.CommandAsync(HttpMethod.Delete, $"/api/v1/models/{Uri.EscapeDataString(removed)}", stop);
        answer.Show(new { removed }, _ => [$"removed {removed}"]);
        return ExitCode.Done;
    }
}
