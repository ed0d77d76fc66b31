using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs fork</c>.</summary>
internal sealed class ForkCommand : ServiceCommand
{
    private readonly Argument<string> id;
    private readonly Option<int?> fromRound;
    private readonly Option<string?> spec;
    private readonly Option<string[]> set;

    public ForkCommand()
        : this(
            RunsCommand.IdArgument(),
            new("--from-round") { Description = "Committed round to begin from; without it the newest", HelpName = "N" },
            new("--spec") { Description = "Spec of the new run; without it that of the old one", HelpName = "FILE" },
            SpecArguments.SetOption())
    {
    }

    private ForkCommand(Argument<string> id, Option<int?> fromRound, Option<string?> spec, Option<string[]> set)
        : base("fork", "Submit a new run that begins from a committed model of this one.", id, fromRound, spec, set) =>
        (this.id, this.fromRound, this.spec, this.set) = (id, fromRound, spec, set);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string[] changes = parsed.GetValue(set) ?? [];
        ForkRequest fork = parsed.GetValue(spec) is { } file
            ? new ForkRequest { FromRound = parsed.GetValue(fromRound), Spec = SpecArguments.Read(file, changes) }
            : new ForkRequest { FromRound = parsed.GetValue(fromRound), Set = changes };
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunsCommand.Show(answer, await client.CommandAsync<RunDetail>(HttpMethod.Post, $"{path}/fork", fork, stop), "submitted");
        return ExitCode.Done;
    }
}
