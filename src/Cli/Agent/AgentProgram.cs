using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Logging;
using EdgeFlora.EdgeAgent;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Agent;

/// <summary>An agent as a program of its own, with what it does as lines on the terminal.</summary>
internal sealed class AgentProgram(AgentSettings settings)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public async Task<int> RunAsync(CancellationToken stop)
    {
        EdgeAgentService.Check(settings.Agent);
        (IEngine engine, string? reason) = Engines.Choose(settings.Agent.Engine, settings.Agent.Device, settings.Agent.Isolate, WorkerPrograms.Installed);
        BaseModel model = BaseModel.Load(settings.Agent.ModelFolder);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, TimeProvider.System);
        using CancellationTokenSource ending = StopWithInput.Link(settings.StopWithInput, stop);
        IBusControl bus = await BusFactory.StartAsync(settings.Broker, TimeProvider.System, loggers, ending.Token);
        try
        {
            await using var agent = new EdgeAgentService(bus, settings.Agent, model, engine, TimeProvider.System, loggers);
            Console.WriteLine($"agent {settings.Agent.Name}: {Engines.Describe(engine, reason)}; log in {settings.LogFile}; Ctrl-C stops it");
            Task running = agent.RunAsync(ending.Token);
            await WatchAsync(agent, running);
            await running;
            return ExitCode.Done;
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>One line whenever the agent turns to something else.</summary>
    private async Task WatchAsync(EdgeAgentService agent, Task running)
    {
        (AgentPhase, int) shown = (AgentPhase.Stopped, -1);
        while (!running.IsCompleted)
        {
            AgentState now = agent.State;
            if ((now.Phase, now.Round) != shown)
            {
                shown = (now.Phase, now.Round);
                string round = now.Round > 0 ? $" for round {now.Round}" : "";
                Console.WriteLine($"agent {settings.Agent.Name}: {now.Phase.ToString().ToLowerInvariant()}{round}");
            }

            await Task.WhenAny(running, Task.Delay(Look));
        }
    }
}
