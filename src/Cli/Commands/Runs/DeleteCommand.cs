using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs delete</c>.</summary>
internal sealed class DeleteCommand : ServiceCommand
{
    private readonly Argument<string> id;

    public DeleteCommand()
        : this(RunsCommand.IdArgument())
    {
    }

    private DeleteCommand(Argument<string> id)
        : base("delete", "Forget a run that is over, with its models.", id) => this.id = id;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        Guid run = await RunIds.ResolveAsync(client, parsed.GetRequiredValue(id), stop);
        await client.CommandAsync(HttpMethod.Delete, $"/api/v1/runs/{run}", stop);
        answer.Show(new { deleted = run }, _ => [$"deleted {run}"]);
        return ExitCode.Done;
    }
}
