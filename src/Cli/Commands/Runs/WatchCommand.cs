using System.CommandLine;
using EdgeFlora.Cli.Client;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs watch</c>.</summary>
internal sealed class WatchCommand : ServiceCommand
{
    private readonly Argument<string> id;

    public WatchCommand()
        : this(RunsCommand.IdArgument())
    {
    }

    private WatchCommand(Argument<string> id)
        : base("watch", "Show a run until it is over. Exit code 0: complete, 3: over with rounds missing, 1: failed or cancelled.", id) =>
        this.id = id;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop) =>
        await new RunWatch(client, answer, TimeProvider.System).FollowAsync(
            await RunIds.ResolveAsync(client, parsed.GetRequiredValue(id), stop), stop);
}
