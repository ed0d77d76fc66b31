using EdgeFlora.Contracts.Events;
using EdgeFlora.Testing.Containers;
using EdgeFlora.Testing.Events;
using EdgeFlora.Testing.Faults;
using EdgeFlora.Testing.InProcess;
using EdgeFlora.Testing.Platforms;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;

namespace EdgeFlora.Testing;

/// <summary>
/// A coordinator with one run, and its agents: in memory, at a broker of the test's own, or in containers. Everything goes when it is disposed of.
/// </summary>
public sealed class Federation : IAsyncDisposable
{
    /// <summary>Name of the coordinator, for faults.</summary>
    public const string CoordinatorName = "coordinator";

    /// <summary>A broker that is there answers within seconds.</summary>
    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ShortestConnecting = TimeSpan.FromSeconds(1);

    private readonly IPlatform platform;
    private readonly TimeSpan limit;
    private readonly EventLog events = new();
    private readonly FaultPlan faults;
    private readonly Dictionary<string, FederationMember> agents = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ending = new();
    private QueueConsumer? listening;
    private Task striking = Task.CompletedTask;

    private Federation(IPlatform platform, FederationOptions options)
    {
        this.platform = platform;
        limit = options.Limit;
        faults = new FaultPlan(options.Faults);
        Coordinator = new FederationMember(CoordinatorName, platform, platform.Coordinator);
    }

    /// <summary>The coordinator.</summary>
    public FederationMember Coordinator { get; }

    /// <summary>The agents, by name.</summary>
    public IReadOnlyDictionary<string, FederationMember> Agents => agents;

    /// <summary>
    /// Events of the run so far, in the order of arrival. While a broker is down some may be lost; the ledger of <see cref="CompletionAsync"/> is
    /// the truth.
    /// </summary>
    public IReadOnlyList<RunEvent> Events => events.All;

    /// <summary>The broker, for agents of the test's own; null in memory.</summary>
    public string? BrokerUrl => platform.BrokerUrl;

    /// <summary>Folder of the base model, for agents of the test's own; null in containers, whose images hold it.</summary>
    public string? ModelFolder => platform.ModelFolder;

    internal IPlatform Platform => platform;

    /// <summary>Starts a federation; its run begins as soon as its agents are there.</summary>
    /// <param name="configure">What it shall be.</param>
    /// <exception cref="ArgumentException">What is asked for does not go together; the message says what.</exception>
    /// <exception cref="FaultNotPossibleException">A fault can't be made in a federation of this kind.</exception>
    /// <exception cref="ContainersUnavailableException">There is no container engine, or an image is missing.</exception>
    /// <exception cref="FederationFailedException">The broker can't be reached.</exception>
    public static async Task<Federation> StartAsync(Action<FederationOptions> configure, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new FederationOptions();
        configure(options);
        IReadOnlyList<AgentSetup> setups = options.AllAgents();
        IPlatform platform = await OpenAsync(options, setups.Count, stop);
        var federation = new Federation(platform, options);
        try
        {
            foreach (Fault fault in options.Faults)
            {
                if (platform.WhyNot(fault.Kind) is { } reason)
                {
                    throw new FaultNotPossibleException($"{fault.Member}: {reason}");
                }
            }

            await federation.BeginAsync(setups, stop);
            return federation;
        }
        catch
        {
            await federation.DisposeAsync();
            throw;
        }
    }

    /// <summary>An agent.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public FederationMember Agent(string name) => agents.TryGetValue(name, out FederationMember? agent)
        ? agent
        : throw new ArgumentException($"There is no agent '{name}'; there are {string.Join(", ", agents.Keys)}.", nameof(name));

    /// <summary>Waits for an event, of those that were and those that will be.</summary>
    /// <exception cref="FederationFailedException">It has not come within the limit; the message has the last events.</exception>
    public async Task<RunEvent> EventAsync(Func<RunEvent, bool> wanted, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return await LimitedAsync("The event", token => events.FirstAsync(wanted, token), stop);
    }

    /// <summary>Waits until an agent has a round's task and works on it.</summary>
    /// <exception cref="FederationFailedException">It does not within the limit.</exception>
    public Task<RunEvent> AtWorkAsync(string agent, int round, CancellationToken stop = default) => EventAsync(
        happened => happened.Kind is RunEventKind.TaskAccepted or RunEventKind.TaskProgressed
            && happened.AgentId == agent
            && happened.Round == round,
        stop);

    /// <summary>Waits until a round has its model.</summary>
    /// <returns>Who counted, who dropped out, and other figures.</returns>
    /// <exception cref="FederationFailedException">It has none within the limit.</exception>
    public async Task<RoundFigures> CommittedAsync(int round, CancellationToken stop = default) =>
        (await EventAsync(happened => happened.Kind == RunEventKind.RoundCommitted && happened.Round == round, stop)).Figures!;

    /// <summary>Waits for the end of the run.</summary>
    /// <returns>Its adapter and its ledger.</returns>
    /// <exception cref="FederationFailedException">
    /// The run failed or has not ended within the limit, an agent has ended, or a fault could not be made; the message says what.
    /// </exception>
    public async Task<FederationResult> CompletionAsync(CancellationToken stop = default)
    {
        Task<string> output = LimitedAsync("The end of the run", platform.OutputAsync, stop);
        Task first = await Task.WhenAny(output, platform.Trouble, striking);
        await first;
        return FederationResult.Read(await output);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await striking.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (listening is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await listening.StopAsync(patience.Token)
                .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        await platform.DisposeAsync();
        ending.Dispose();
    }

    private static async Task<IPlatform> OpenAsync(FederationOptions options, int agents, CancellationToken stop)
    {
        RunSetup run = options.Run.Agents > 0 ? options.Run : options.Run with { Agents = agents };
        var connecting = TimeSpan.FromTicks(Math.Clamp(options.Limit.Ticks, ShortestConnecting.Ticks, LongestConnecting.Ticks));
        try
        {
            return options.Over switch
            {
                Broker.Containers => await ContainerPlatform.StartAsync(run, stop),
                Broker.Given given => await InProcessPlatform.StartAsync(given.Url, connecting, run, stop),
                _ => await InProcessPlatform.StartAsync(url: null, connecting, run, stop),
            };
        }
        catch (BrokerUnreachableException silent)
        {
            throw new FederationFailedException(silent.Message, silent);
        }
    }

    private async Task BeginAsync(IReadOnlyList<AgentSetup> setups, CancellationToken stop)
    {
        listening = RunEventSubscription.Connect(platform.Bus, happened =>
        {
            events.Add(happened);
            faults.See(happened);
        });
        await listening.Ready.WaitAsync(stop);
        foreach (AgentSetup setup in setups)
        {
            agents[setup.Name] = new FederationMember(setup.Name, platform, platform.Agent(setup));
        }

        striking = faults.RunAsync(name => name == CoordinatorName ? Coordinator : agents[name], ending.Token);
        await Coordinator.StartAgainAsync(stop);
        await Task.WhenAll(agents.Values.Select(agent => agent.StartAgainAsync(stop)));
    }

    private async Task<T> LimitedAsync<T>(string what, Func<CancellationToken, Task<T>> wait, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(limit);
        try
        {
            return await wait(limited.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new FederationFailedException($"{what} has not come within {limit:c}; the last events were:\n{events}");
        }
    }
}
