using System.Collections.Concurrent;
using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Agent;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Demo;

/// <summary>Coordinator and agents as tasks of this process, on one bus.</summary>
internal sealed class InProcessFleet(MessageBus bus, DemoArguments arguments, BaseModel model, TimeProvider clock, ILoggerFactory loggers) : IFleet
{
    private readonly ConcurrentDictionary<string, (EdgeAgentService Service, Task Running)> agents = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly DemoApi api = new(arguments.CoordinatorState, model.Folder, clock, loggers);
    private CoordinatorService? coordinator;
    private Task leading = Task.CompletedTask;

    public Task Completion => completion.Task;

    public async Task<Uri?> ApiAsync() => await api.Address;

    public void StartCoordinator()
    {
        var command = new CoordinatorCommand();
        CoordinatorSettings settings = command.Settings(Parse(command, arguments.Coordinator()));
        coordinator = new CoordinatorService(bus, settings.Run, clock, loggers)
        {
            RemoveQueues = new QueueRemoval(settings.Broker, clock).RemoveAsync,
        };
        leading = LeadAsync(coordinator);
    }

    public async Task KillCoordinatorAsync()
    {
        CoordinatorService? dying = Interlocked.Exchange(ref coordinator, null);
        if (dying is not null)
        {
            await dying.DieAsync();
            await leading;
            await api.EndAsync();
        }
    }

    public void StartAgent(string name)
    {
        var command = new AgentCommand();
        ConfiguredAgent settings = command.Given.Read(Parse(command, arguments.Agent(name)), new Dictionary<string, string>());
        var service = new EdgeAgentService(bus, settings.Agent, model, new PortableEngine(), clock, loggers);
        agents[name] = (service, WorkAsync(service));
    }

    public async Task KillAgentAsync(string name)
    {
        if (agents.TryRemove(name, out (EdgeAgentService Service, Task Running) agent))
        {
            await agent.Service.DieAsync();
            await agent.Running;
            await agent.Service.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll([leading, .. agents.Values.Select(agent => agent.Running)]);
        await api.DisposeAsync();
        foreach ((EdgeAgentService service, _) in agents.Values)
        {
            await service.DisposeAsync();
        }

        stop.Dispose();
    }

    private async Task LeadAsync(CoordinatorService leader)
    {
        try
        {
            Task<RunOutcome> run = leader.RunAsync(stop.Token);
            Task served = ServeAsync(leader);
            RunOutcome outcome = await run;

            // A failure of it is told where its address is asked for.
            await served.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            switch (outcome.Status)
            {
                case RunStatus.Completed or RunStatus.Incomplete:
                    completion.TrySetResult();
                    break;
                case RunStatus.Failed:
                    completion.TrySetException(new DemoFailedException($"the run failed: {outcome.Failure}"));
                    break;
                case RunStatus.Cancelled:
                    completion.TrySetException(new DemoFailedException("the run was cancelled by its API or dashboard"));
                    break;
            }
        }
        catch (OperationCanceledException) when (leader != coordinator)
        {
            // It was killed, and says nothing.
        }
#pragma warning disable CA1031 // The outermost frame of the coordinator: whoever waits for the run is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            completion.TrySetException(failure);
        }
    }

    private async Task ServeAsync(CoordinatorService leader)
    {
        if (await leader.HostAsync(stop.Token) is { } host)
        {
            await api.ServeAsync(host, stop.Token);
        }
    }

    private async Task WorkAsync(EdgeAgentService agent)
    {
        try
        {
            await agent.RunAsync(stop.Token);
        }
#pragma warning disable CA1031 // The outermost frame of an agent: whoever waits for the run is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            completion.TrySetException(failure);
        }
    }

    private static ParseResult Parse(Command command, IReadOnlyList<string> line)
    {
        ParseResult parsed = command.Parse([.. line.Skip(1)]);
        return parsed.Errors.Count == 0 ? parsed : throw new InputException(parsed.Errors[0].Message);
    }
}
