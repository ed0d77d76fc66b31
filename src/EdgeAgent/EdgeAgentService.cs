using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Messaging;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Presence;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent;

/// <summary>
/// One agent: enrols, takes tasks into its journal, trains, hands results in. Several may share a process and a bus; each needs a name and a state
/// folder of its own.
/// </summary>
internal sealed class EdgeAgentService : IAsyncDisposable
{
    private readonly AgentOptions options;
    private readonly DataSets data;
    private readonly ILogger log;
    private readonly AgentConnection connection;
    private readonly TaskRegistry registry;
    private readonly TaskWorker worker;
    private readonly Enrolment enrolment;
    private readonly CurrentActivity activity;
    private readonly HeartbeatLoop heartbeat;
    private readonly AgentMessageHandlers handlers;
    private readonly AgentEndpoints endpoints;
    private readonly AgentStateFolder state;
    private readonly BodyTransfers transfers;
    private readonly PasswordRotation? password;
    private readonly CancellationTokenSource death = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int started;

    /// <summary>An agent with one model, which the caller has loaded and keeps.</summary>
    /// <remarks>Otherwise as the constructor that takes several models.</remarks>
    public EdgeAgentService(
        MessageBus bus,
        AgentOptions options,
        BaseModel model,
        IEngine engine,
        TimeProvider clock,
        ILoggerFactory loggers,
        DeviceProfile? device = null)
        : this(bus, options, LocalModels.Holding(Checked(options, model)), engine, clock, loggers, device)
    {
    }

    /// <summary>Reads the data and opens the state folder; says nothing to anybody before <see cref="RunAsync"/>.</summary>
    /// <param name="bus">A started bus, see <see cref="Transport.Buses.BusFactory"/>; stays the caller's.</param>
    /// <param name="engine">What trains; null if <see cref="AgentOptions.Trainer"/> or <paramref name="ownEngine"/> does.</param>
    /// <param name="device">What this device can train with the first model, if it was measured: the agent tells of it, and declines tasks that do
    /// not fit.</param>
    /// <param name="conditions">Battery and network; absent: what the operating system says.</param>
    /// <param name="state">The state folder, opened before; the agent closes it. Without it the agent opens it itself.</param>
    /// <param name="ownEngine">An engine of the product's that holds the agent.</param>
    /// <param name="rotation">How it changes its password by itself; null: it has none of its own.</param>
    /// <param name="terminal">What the agent's program writes to its terminal, for the service to show; null: nothing.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    /// <exception cref="InvalidDataException">A data file is damaged, the model cannot be tuned as it should, or the state folder is another's; the
    /// message names file and line, or the folder.</exception>
    /// <exception cref="FolderInUseException">Another process holds the state folder.</exception>
    public EdgeAgentService(
        MessageBus bus,
        AgentOptions options,
        LocalModels models,
        IEngine? engine,
        TimeProvider clock,
        ILoggerFactory loggers,
        DeviceProfile? device = null,
        IDeviceConditions? conditions = null,
        AgentStateFolder? state = null,
        ITrainingEngine? ownEngine = null,
        RotationSettings? rotation = null,
        TerminalTail? terminal = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        this.options = options;
        log = loggers.CreateLogger($"EdgeFlora.EdgeAgent.{options.Name}");
        data = DataSets.Load(options);

        // As the first model writes them: others are loaded when they are asked for.
        if (data.CountUnmatchedSpecialTokens(() => models.Load(models.FirstSha256).Tokenizer) is > 0 and var special)
        {
            SpecialTokensAsText = special;
            log.SpecialTokensAsText(special);
        }

        var permit = new WorkPermit(options.Allow, conditions ?? new SystemConditions(clock), clock);
        ILocalTraining training = TrainingSelection.For(options, engine, ownEngine, device, models.FirstSha256, permit, clock, log);
        this.state = state ?? AgentStateFolder.Open(options);
        if (this.state.Closed is { } closed)
        {
            log.StateFolderClosed(closed);
        }

        var pipelines = new AgentPipelines(options.Resilience, clock, log);
        connection = new AgentConnection(new Courier(bus, clock, options.Resilience.SendTimeout, User(options)), options, pipelines, clock, log);
        var journal = new TaskJournal(options.StateFolder, log);
        transfers = new BodyTransfers(options, connection, clock, log);
        ModelCache? cache = options.WhyNoFetching is null ? new ModelCache(options, ModelCache.FreeBytes, clock, log) : null;
        if (cache is not null)
        {
            models.Use(cache);
        }

        var fetcher = new ModelFetcher(options, models, cache, transfers.Models, connection, () => enrolment!.SayHello(), clock, log);
        var feedbacks = new FeedbackStore(options.StateFolder, log);
        registry = new TaskRegistry(journal, clock, log);
        var packing = new UpdatePacking(feedbacks, options.Drill, log);
        var own = new OwnFactorsStore(options.StateFolder, log);
        var guard = new OwnAdapterGuard(options.StateFolder, log);
        var variates = new ControlVariateStore(options.StateFolder, log);
        var alone = new TrainingAlone(options.StateFolder, log);
        var execution = new TaskExecution(
            options,
            models,
            fetcher,
            new TaskCheck(options, fetcher, cache, transfers.Blobs, data, training, permit, log),
            new BodyHandOver(options.Resilience, transfers.Blobs, transfers.Exchange, connection, clock, log),
            training,
            packing,
            own,
            guard,
            variates,
            alone,
            journal,
            transfers.Blobs,
            transfers.Exchange,
            connection,
            () => registry.Bodies,
            clock);
        worker = new TaskWorker(
            options, registry, execution, feedbacks, own, guard, variates, alone, transfers.Blobs, connection, () => enrolment!.SayHello(), clock,
            log);
        var introduction = new Introduction(options, this.state.Installation, data, models, cache, () => training.Capability, registry, connection);
        enrolment = new Enrolment(options, connection, introduction.Hello, clock, log);
        activity = new CurrentActivity(enrolment, permit, registry);
        heartbeat = new HeartbeatLoop(connection, enrolment, registry, () => State, clock, options.Allow.Terminal ? terminal : null);
        password = rotation is null ? null : new PasswordRotation(
            rotation, options.StateFolder, this.state.Installation, connection, () => enrolment.Welcome is not null, clock, log);
        handlers = new AgentMessageHandlers(
            options.Name, new TermGate(clock), enrolment, registry, transfers.Exchange, transfers.Models, connection, log)
        {
            PasswordAnswered = answer => password?.Answered(answer),
            PasswordWanted = password is null ? log.PasswordNotItsOwn : password.Want,
        };
        endpoints = new AgentEndpoints(bus, options, connection, handlers.Control, handlers.Chunks);
    }

    /// <summary>What the agent is doing now.</summary>
    public AgentState State => ended.Task.IsCompleted ? new AgentState(AgentPhase.Stopped) : activity.Now;

    /// <summary>Special tokens that are written in the data's texts and read as ordinary text.</summary>
    public int SpecialTokensAsText { get; }

    /// <summary>Works until stopped. A graceful stop says goodbye; what is under way stays in the journal and is resumed at the next start.</summary>
    /// <exception cref="AgentRefusedException">The coordinator will not have this agent; the message says why and what would help.</exception>
    /// <exception cref="BrokerUnreachableException">
    /// The agent's queues could not be attached; a refusal of the broker's is told in its words.
    /// </exception>
    public async Task RunAsync(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref started, 1) != 0)
        {
            throw new InvalidOperationException($"Agent '{options.Name}' was started before; make a new one.");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, death.Token);
        Task[] loops = [];
        try
        {
            registry.Resume();
            await endpoints.ConnectAsync(Attached, end.Token);
            log.Listening(options.Name, connection.Queue, data.All.Sum(set => set.Training), data.All.Sum(set => set.HeldOut));
            loops =
            [
                enrolment.RunAsync(end.Token), heartbeat.RunAsync(end.Token), worker.RunAsync(end.Token), handlers.SendChunksAsync(end.Token),
                .. password is null ? (Task[])[] : [password.RunAsync(end.Token)],
            ];
            Task first = await Task.WhenAny([enrolment.Refusal, .. loops]);
            if (first != enrolment.Refusal)
            {
                await first;
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Stopped or died, both by the caller's wish.
        }
        finally
        {
            await EndAsync(end, loops);
        }

        if (enrolment.Refusal.IsCompletedSuccessfully)
        {
            throw new AgentRefusedException(options.Name, await enrolment.Refusal);
        }
    }

    /// <summary>
    /// Attaches the queues again, after the bus has given them up because the broker refused the connection. What is under way goes on.
    /// </summary>
    /// <exception cref="BrokerUnreachableException">They could not be attached.</exception>
    public Task AttachAgainAsync(CancellationToken stop) => endpoints.ConnectAsync(Attached, stop);

    /// <summary>
    /// Ends the agent at once, as if its process were killed: nothing is said, nothing more is written. For drills within one process.
    /// </summary>
    public async Task DieAsync()
    {
        connection.Cut();
#pragma warning disable CA1849 // CancelAsync would return before linked tokens know, and training could still write a checkpoint.
        death.Cancel();
#pragma warning restore CA1849
        if (Volatile.Read(ref started) != 0)
        {
            await ended.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DieAsync();
        endpoints.Dispose();
        enrolment.Dispose();
        password?.Dispose();
        death.Dispose();
        transfers.Dispose();
        state.Dispose();
    }

    /// <summary>The connection is there, for the first time or again: what was said while it was not may be lost.</summary>
    private void Attached()
    {
        enrolment.SayHello();
        transfers.StartAgain();
    }

    private async Task EndAsync(CancellationTokenSource end, Task[] loops)
    {
        if (!connection.IsCut && enrolment.Welcome is not null && !enrolment.Refusal.IsCompleted)
        {
            log.Stopping("the agent was told to stop");
            await enrolment.SayByeAsync("stopped");
        }

        await end.CancelAsync();
        await Task.WhenAll(loops).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        connection.Cut();
        await endpoints.StopAsync();
        state.Dispose();
        ended.TrySetResult();
    }

    /// <summary>As whom the agent sends: an enrolled one to its own exchange only.</summary>
    private static SendingUser? User(AgentOptions options) =>
        options.BrokerUser is { } user ? new SendingUser(user, options.IsEnrolled ? Queues.AgentUp(options.Name) : null) : null;

    private static BaseModel Checked(AgentOptions options, BaseModel model)
    {
        AgentInputs.CheckModel(options, model);
        return model;
    }
}
