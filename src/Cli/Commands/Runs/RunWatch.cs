using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using Spectre.Console;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary>Shows a run until it is over: a live table on a terminal, else lines.</summary>
internal sealed class RunWatch(ServiceClient client, Answer answer, TimeProvider clock)
{
    /// <returns>The exit code that the run's end means.</returns>
    public async Task<int> FollowAsync(Guid run, CancellationToken stop)
    {
        RunDetail detail = await FindAsync(run, stop);
        if (answer.Json)
        {
            await ReadAsync(run, envelope => answer.Line(envelope, _ => null), _ => { }, stop);
        }
        else
        {
            bool terminal = ReferenceEquals(answer.Output, Console.Out) && !Console.IsOutputRedirected;
            await using RunDisplay display = terminal
                ? RunDisplay.Table(AnsiConsole.Console, $"{detail.Summary.Name} {RunIds.Short(run)}", RunView.Empty, clock)
                : RunDisplay.Plain(answer.Output, RunView.Empty);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task waiting = SayWaitingAsync(run, display, ended.Token);
            try
            {
                await ReadAsync(run, envelope => display.Show(envelope.Event), display.Note, stop);
            }
            finally
            {
                await ended.CancelAsync();
                await waiting;
            }
        }

        detail = await FindAsync(run, stop);
        answer.Say($"{RunIds.Short(run)} {detail.Summary.Name}: {RunText.State(detail.Summary)}");
        return Code(detail.Summary.State);
    }

    public static int Code(RunState state) => state switch
    {
        RunState.Incomplete => ExitCode.Incomplete,
        RunState.Failed or RunState.Cancelled => ExitCode.Failed,
        _ => ExitCode.Done,
    };

    private async Task ReadAsync(Guid run, Action<EventEnvelope> show, Action<string> say, CancellationToken stop)
    {
        await foreach (
            EventEnvelope envelope in new EventReader(client, clock, say).ReadAsync($"/api/v1/runs/{run}/events", follow: true, IsOverAsync, stop))
        {
            show(envelope);
        }

        async Task<bool> IsOverAsync(CancellationToken token) => RunText.IsOver((await FindAsync(run, token)).Summary.State);
    }

    private async Task SayWaitingAsync(Guid run, RunDisplay display, CancellationToken stop)
    {
        try
        {
            await new WaitLines(async token => (await FindAsync(run, token)).Summary, display, clock).SayAsync(stop);
        }
        catch (Exception ending) when (ending is OperationCanceledException or ServiceUnreachableException)
        {
            // The reader of events tells that the service is away, and what becomes of it.
        }
    }

    private Task<RunDetail> FindAsync(Guid run, CancellationToken stop) => client.GetAsync<RunDetail>($"/api/v1/runs/{run}", stop);
}
