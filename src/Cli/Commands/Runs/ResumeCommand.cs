using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs resume</c>.</summary>
internal sealed class ResumeCommand : ServiceCommand
{
    private readonly Argument<string> id;
    private readonly Option<int?> spentRounds;

    public ResumeCommand()
        : this(RunsCommand.IdArgument(), new("--spent-rounds")
        {
            Description = "Of a private run of a service that was restored from a backup: how many rounds ended after the backup; they are counted "
                + "as spent",
            HelpName = "N",
        })
    {
    }

    private ResumeCommand(Argument<string> id, Option<int?> spentRounds)
        : base("resume", "Let a paused run go on.", id, spentRounds) => (this.id, this.spentRounds) = (id, spentRounds);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        object? body = parsed.GetValue(spentRounds) is { } spent ? new ResumeRequest { SpentRounds = spent } : null;
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunsCommand.Show(answer, await client.CommandAsync<RunDetail>(HttpMethod.Post, $"{path}/{Name}", body, stop), Name);
        return ExitCode.Done;
    }
}
