using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs submit</c>.</summary>
internal sealed class SubmitCommand : ServiceCommand
{
    private readonly SpecArguments spec;
    private readonly Option<bool> watch;
    private readonly Option<string?> key;

    public SubmitCommand()
        : this(
            new SpecArguments(),
            new("--watch") { Description = "Show the run until it is over; the exit code then tells how it ended" },
            new("--key") { Description = "Idempotency key: submitting again with it gives the same run, and not a second one", HelpName = "KEY" })
    {
    }

    private SubmitCommand(SpecArguments spec, Option<bool> watch, Option<string?> key)
        : base("submit", "Submit a run spec.", [.. spec.All, watch, key]) => (this.spec, this.watch, this.key) = (spec, watch, key);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        RunDetail run = await client.CommandAsync<RunDetail>(HttpMethod.Post, "/api/v1/runs", spec.Read(parsed), stop, parsed.GetValue(key));
        RunsCommand.Show(answer, run, "submitted");
        return parsed.GetValue(watch) ? await new RunWatch(client, answer, TimeProvider.System).FollowAsync(run.Summary.Id, stop) : ExitCode.Done;
    }
}
