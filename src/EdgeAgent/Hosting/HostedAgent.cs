using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>
/// An agent as a service of the host it lives in. Settings that can't be used keep the host from starting; what goes wrong later ends the agent and
/// never the host.
/// </summary>
internal sealed class HostedAgent(Func<EdgeAgentOptions> configure, ILoggerFactory loggers) : BackgroundService, IEdgeAgent, IAgentObserver
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ILogger log = loggers.CreateLogger<HostedAgent>();
    private EdgeAgentOptions options = new();
    private ConfiguredAgent? settings;
    private volatile AgentState state = new(AgentPhase.Connecting);

    public event EventHandler<AgentState>? StateChanged;

    public string Name => settings?.Agent.Name ?? "";

    public AgentState State => state;

    public Task Completion => completion.Task;

    /// <exception cref="AgentConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        options = configure();
        settings = options.Read();
        if (settings.Agent.Limits.Nice > 0 && !OperatingSystem.IsLinux())
        {
            throw new AgentConfigurationException(
                [$"limits.nice is {settings.Agent.Limits.Nice}, which on this system is of the whole process; leave it out of an embedded agent"]);
        }

        log = loggers.CreateLogger($"EdgeFlora.EdgeAgent.{settings.Agent.Name}");
        return base.StartAsync(cancellationToken);
    }

    void IAgentObserver.Said(string line) => log.Said(line);

    void IAgentObserver.Waits(string line) => log.Said(line);

    /// <summary>The agent logs of special tokens itself.</summary>
    void IAgentObserver.Began(string engine, int specialTokensAsText) => log.Said(engine);

    void IAgentObserver.Changed(AgentState now) => Tell(now);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WorkAsync(stoppingToken);
            Tell(new AgentState(AgentPhase.Stopped));
            completion.TrySetResult();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Tell(new AgentState(AgentPhase.Stopped));
            completion.TrySetResult();
        }
#pragma warning disable CA1031 // The outermost frame of the agent: an exception that left it would end the host.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.AgentEnded(failure.Message, failure);
            Tell(new AgentState(AgentPhase.Stopped) { Reason = failure.Message });
            completion.TrySetException(failure);
            _ = completion.Task.Exception; // whoever does not look at it has the log
        }
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        AgentSession.Check(settings!, options.Clock);
        AgentTrainer trainer = Trainer();
        log.Said(trainer.Detail);
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                using AgentSession session = await AgentSession.OpenAsync(settings!, trainer, options.Clock, stop);
                await session.RunAsync(loggers, this, stop);
                return;
            }
            catch (BrokerUnreachableException silent)
            {
                log.BrokerSilent(pause, silent.Message);
                Tell(new AgentState(AgentPhase.Connecting) { Reason = silent.Message });
                await Task.Delay(pause, options.Clock, stop);
            }
        }
    }

    private AgentTrainer Trainer() => (options.TrainingEngine, settings!.Agent.Trainer) switch
    {
        ({ } own, _) => AgentTrainer.Of(own),
        (_, { } program) => AgentTrainer.Of(program),
        _ => AgentTrainer.Of(
            new EngineChooser(WorkerPrograms.Beside).Choose(settings.Agent.Engine, settings.Agent.Device, settings.Agent.Isolate), settings.Agent),
    };

    /// <summary>Called by one after the other: by the session while it runs, and before and after it by the service.</summary>
    private void Tell(AgentState now)
    {
        state = now;
        foreach (EventHandler<AgentState> handler in (StateChanged?.GetInvocationList() ?? []).Cast<EventHandler<AgentState>>())
        {
            try
            {
                handler(this, now);
            }
#pragma warning disable CA1031 // The product's own code: whatever it throws is not the agent's end.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                log.HandlerFailed(failure);
            }
        }
    }
}
