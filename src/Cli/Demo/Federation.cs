using System.Diagnostics;
using System.Threading.Channels;
using EdgeFlora.Cli.Live;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Demo;

/// <summary>The federated part of a demo: starts coordinator, agents and evaluator, shows the run's events, and lets the faults strike.</summary>
internal sealed class Federation(DemoOptions options, DemoFolder folder, FaultScript script, BaseModel model, ILoggerFactory loggers)
{
    /// <summary>Longest wait for the last events after the coordinator is done.</summary>
    private static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(5);

    /// <returns>Seconds from the start of the coordinator to the end of the run.</returns>
    public async Task<double> RunAsync(RunDisplay display, CancellationToken stop)
    {
        MessageBus bus = await BusFactory.StartAsync(options.Broker, TimeProvider.System, loggers, stop);
        try
        {
            var actions = Channel.CreateUnbounded<FaultAction>();
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            QueueConsumer events = RunEventSubscription.Connect(bus, happened =>
            {
                display.Show(happened);
                foreach (FaultAction action in script.React(happened))
                {
                    actions.Writer.TryWrite(action);
                }

                if (display.View.Stage is RunStage.Completed or RunStage.Incomplete or RunStage.Failed)
                {
                    over.TrySetResult();
                }
            });
            await events.Ready.WaitAsync(stop);
            return await LeadAsync(bus, display, actions.Reader, over.Task, stop);
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    private async Task<double> LeadAsync(
        MessageBus bus, RunDisplay display, ChannelReader<FaultAction> actions, Task over, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var arguments = new DemoArguments(options, folder, script.Faults);
        await using IFleet fleet = options.Broker.Url is { } url
            ? new ProcessFleet(arguments, url)
            : new InProcessFleet(bus, arguments, model, TimeProvider.System, loggers);
        fleet.StartCoordinator();
        foreach (string agent in options.AgentNames.Append(DemoArguments.Evaluator))
        {
            fleet.StartAgent(agent);
        }

        Task<Uri?> api = fleet.ApiAsync();
        await Task.WhenAny(api, fleet.Completion).WaitAsync(stop);
        if (api.IsCompleted && await api is { } address)
        {
            display.Note($"API and dashboard while the rounds run: {address.ToString().TrimEnd('/')}");
        }

        using var striking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task strikes = StrikeAsync(fleet, actions, striking.Token);
        await await Task.WhenAny(fleet.Completion.WaitAsync(stop), strikes);
        double seconds = clock.Elapsed.TotalSeconds;
        await striking.CancelAsync();
        await strikes.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await Task.WhenAny(over, Task.Delay(LastEvents, TimeProvider.System, stop));
        return seconds;
    }

    private static async Task StrikeAsync(IFleet fleet, ChannelReader<FaultAction> actions, CancellationToken stop)
    {
        await foreach (FaultAction action in actions.ReadAllAsync(stop))
        {
            switch (action.Kind)
            {
                case FaultActionKind.KillAgent:
                    await fleet.KillAgentAsync(action.Agent!);
                    break;
                case FaultActionKind.StartAgent:
                    fleet.StartAgent(action.Agent!);
                    break;
                default:
                    await fleet.KillCoordinatorAsync();
                    fleet.StartCoordinator();
                    break;
            }
        }
    }
}
