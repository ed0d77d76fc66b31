using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs set</c>.</summary>
internal sealed class SetCommand : ServiceCommand
{
    private readonly Argument<string> id;
    private readonly Argument<string[]> settings;

    public SetCommand()
        : this(
            RunsCommand.IdArgument(),
            new("SETTING=VALUE") { Description = $"What changes: {string.Join(", ", RunSpecChanges.Paths)}", Arity = ArgumentArity.OneOrMore })
    {
    }

    private SetCommand(Argument<string> id, Argument<string[]> settings)
        : base("set", "Change a run under way, all of it or nothing.", id, settings) => (this.id, this.settings) = (id, settings);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        RunChange change = RunSpecChanges.Parse(parsed.GetRequiredValue(settings), out IReadOnlyList<SpecMistake> mistakes);
        if (mistakes.Count > 0)
        {
            throw new SpecException(mistakes);
        }

        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunsCommand.Show(answer, await client.CommandAsync<RunDetail>(HttpMethod.Patch, path, change, stop), "changed");
        return ExitCode.Done;
    }
}
