using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Runs;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Rollouts;

/// <summary><c>edgeflora rollouts withdraw</c> and <c>finish</c>.</summary>
internal sealed class EndRolloutCommand : ServiceCommand
{
    private readonly bool finish;
    private readonly Argument<string> id;
    private readonly Option<string?> reason;

    public EndRolloutCommand(string verb, string purpose, bool finish)
        : this(verb, purpose, finish, RunsCommand.IdArgument(), new("--reason") { Description = "Why, for the rollout's record", HelpName = "TEXT" })
    {
    }

    private EndRolloutCommand(string verb, string purpose, bool finish, Argument<string> id, Option<string?> reason)
        : base(verb, purpose, id, reason) => (this.finish, this.id, this.reason) = (finish, id, reason);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunDetail run = await client.CommandAsync<RunDetail>(
            HttpMethod.Post, $"{path}/rollouts/end", new RolloutEnd(finish, parsed.GetValue(reason)), stop);
        answer.Show(run.Rollouts[^1], rollout => RolloutText.Lines([rollout]));
        return ExitCode.Done;
    }
}
