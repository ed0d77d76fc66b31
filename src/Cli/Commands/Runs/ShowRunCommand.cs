using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs show</c>.</summary>
internal sealed class ShowRunCommand : ServiceCommand
{
    private readonly Argument<string> id;

    public ShowRunCommand()
        : this(RunsCommand.IdArgument())
    {
    }

    private ShowRunCommand(Argument<string> id)
        : base("show", "Show all there is to say of one run.", id) => this.id = id;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        answer.Show(await client.GetAsync<RunDetail>(await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop), stop), RunText.Detail);
        return ExitCode.Done;
    }
}
