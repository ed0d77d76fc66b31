using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Events;

/// <summary><c>edgeflora events</c>.</summary>
internal sealed class EventsCommand : ServiceCommand
{
    private readonly Option<bool> follow;

    public EventsCommand()
        : this(new("--follow", "-f") { Description = "Go on with new events as they happen, until Ctrl-C" })
    {
    }

    private EventsCommand(Option<bool> follow)
        : base("events", "Show what happened in all runs; with --json a line of JSON for each event.", follow) => this.follow = follow;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        var reader = new EventReader(client, TimeProvider.System, answer.Say);
        await foreach (EventEnvelope envelope in reader.ReadAsync("/api/v1/events", parsed.GetValue(follow), _ => Task.FromResult(false), stop))
        {
            answer.Line(envelope, happened => EventLine.For(happened.Event) is { } line ? $"{RunIds.Short(happened.Event.RunId)} {line}" : null);
        }

        return ExitCode.Done;
    }
}
