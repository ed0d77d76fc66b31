using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs pause</c> and <c>cancel</c>.</summary>
internal sealed class RunVerbCommand : ServiceCommand
{
    private readonly Argument<string> id;
    private readonly Option<string?> reason;

    public RunVerbCommand(string verb, string purpose)
        : this(verb, purpose, RunsCommand.IdArgument(), new("--reason") { Description = "Why, for the run's history", HelpName = "TEXT" })
    {
    }

    private RunVerbCommand(string verb, string purpose, Argument<string> id, Option<string?> reason)
        : base(verb, purpose, id, reason) => (this.id, this.reason) = (id, reason);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        object? body = parsed.GetValue(reason) is { } why ? new CommandReason(why) : null;
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunsCommand.Show(answer, await client.CommandAsync<RunDetail>(HttpMethod.Post, $"{path}/{Name}", body, stop), Name);
        return ExitCode.Done;
    }
}
