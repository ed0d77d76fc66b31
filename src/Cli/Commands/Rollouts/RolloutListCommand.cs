using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Runs;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Rollouts;

/// <summary><c>edgeflora rollouts ls</c>.</summary>
internal sealed class RolloutListCommand : ServiceCommand
{
    private readonly Argument<string> id;

    public RolloutListCommand()
        : this(RunsCommand.IdArgument())
    {
    }

    private RolloutListCommand(Argument<string> id)
        : base("ls", "List the rollouts of a run, with what was measured.", id) => this.id = id;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        RunDetail run = await client.GetAsync<RunDetail>(await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop), stop);
        answer.Show(run.Rollouts, RolloutText.Lines);
        return ExitCode.Done;
    }
}
