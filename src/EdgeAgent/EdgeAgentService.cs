using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Connection;
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
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
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
    private readonly TimeProvider clock;
    private readonly LocalModels models;
    private readonly ILocalTraining training;
    private readonly WorkPermit permit;
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
    private readonly BlobExchange exchange;
    private readonly ModelTransfer modelTransfer;
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
        ITrainingEngine? ownEngine = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        this.options = options;
        this.clock = clock;
        this.models = models;
        log = loggers.CreateLogger($"EdgeFlora.EdgeAgent.{options.Name}");
        data = DataSets.Load(options);

        // As the first model writes them: others are loaded when they are asked for.
        if (data.CountUnmatchedSpecialTokens(() => models.Load(models.FirstSha256).Tokenizer) is > 0 and var special)
        {
            SpecialTokensAsText = special;
            log.SpecialTokensAsText(special);
        }

        permit = new WorkPermit(options.Allow, conditions ?? new SystemConditions(clock), clock);
        training = Training(engine, ownEngine, device);
        this.state = state ?? AgentStateFolder.Open(options);
        if (this.state.Closed is { } closed)
        {
            log.StateFolderClosed(closed);
        }

        var pipelines = new AgentPipelines(options.Resilience, clock, log);
        connection = new AgentConnection(new Courier(bus, clock, options.Resilience.SendTimeout, User(options)), options, pipelines, clock, log);
        var journal = new TaskJournal(options.StateFolder, log);
        var blobs = new BlobStore(Path.Combine(options.StateFolder, "blobs"), log: log);
        var bandwidth = new BandwidthLimits
        {
            Up = options.Limits.BytesUp is { } up ? new Bandwidth(up, clock) : null,
            Down = options.Limits.BytesDown is { } down ? new Bandwidth(down, clock) : null,
        };
        exchange = new BlobExchange(blobs, connection.Courier, clock, options.Resilience.TransferSilence, bandwidth: bandwidth);
        modelTransfer = new ModelTransfer(connection.Courier, clock, options.Resilience.TransferSilence, bandwidth, log);
        ModelCache? cache = options.WhyNoFetching is null ? new ModelCache(options, ModelCache.FreeBytes, clock, log) : null;
        if (cache is not null)
        {
            models.Use(cache);
        }

        var fetcher = new ModelFetcher(options, models, cache, modelTransfer, connection, () => enrolment!.SayHello(), clock, log);
        var feedbacks = new FeedbackStore(options.StateFolder, log);
        registry = new TaskRegistry(journal, clock, log);
        var packing = new UpdatePacking(feedbacks, options.Drill, log);
        var own = new OwnFactorsStore(options.StateFolder, log);
        var guard = new OwnAdapterGuard(options.StateFolder, log);
        var execution = new TaskExecution(
            options,
            models,
            fetcher,
            cache,
            data,
            training,
            permit,
            packing,
            own,
            guard,
            journal,
            blobs,
            exchange,
            connection,
            () => registry.Bodies,
            clock,
            log);
        worker = new TaskWorker(options, registry, execution, feedbacks, own, guard, blobs, connection, () => enrolment!.SayHello(), clock, log);
        var introduction = new Introduction(options, this.state.Installation, data, models, cache, () => training.Capability, registry, connection);
        enrolment = new Enrolment(options, connection, introduction.Hello, clock, log);
        activity = new CurrentActivity(enrolment, permit, registry);
        heartbeat = new HeartbeatLoop(connection, enrolment, registry, () => State, clock);
        handlers = new AgentMessageHandlers(options.Name, new TermGate(clock), enrolment, registry, exchange, modelTransfer, connection, log);
        endpoints = new AgentEndpoints(bus, options, connection, handlers.Control, handlers.Chunks);
    }

    /// <summary>What the agent is doing now.</summary>
    public AgentState State => ended.Task.IsCompleted ? new AgentState(AgentPhase.Stopped) : activity.Now;

    /// <summary>Checks settings and data without a bus and without writing anything, so that a mistake shows before anybody is spoken to.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    /// <exception cref="InvalidDataException">A data file is damaged; the message names file and line.</exception>
    public static void Check(AgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        DataSets.Load(options);
    }

    /// <summary>Special tokens that are written in the data's texts and read as ordinary text.</summary>
    public int SpecialTokensAsText { get; }

    /// <summary>Sees whether the model can be tuned for what the agent is set to.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    public static void CheckModel(AgentOptions options, BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        if (options.Data.All(set => set.Task == DataSetTask.LanguageModel) && !model.PredictsTokens)
        {
            throw new InvalidDataException(
                $"Agent:Models has '{model.Folder}', which predicts no tokens: it is an encoder, or its checkpoint has no lm_head. "
                    + $"A data set for {LearningTask.LanguageModel} takes a decoder such as gpt2 or llama.");
        }
    }

    /// <summary>Works until stopped. A graceful stop says goodbye; what is under way stays in the journal and is resumed at the next start.</summary>
    /// <exception cref="AgentRefusedException">The coordinator will not have this agent; the message says why and what would help.</exception>
    /// <exception cref="TimeoutException">The agent's queues could not be attached.</exception>
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
            loops = [enrolment.RunAsync(end.Token), heartbeat.RunAsync(end.Token), worker.RunAsync(end.Token), handlers.SendChunksAsync(end.Token)];
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
        enrolment.Dispose();
        death.Dispose();
        exchange.Dispose();
        state.Dispose();
    }

    /// <summary>The connection is there, for the first time or again: what was said while it was not may be lost.</summary>
    private void Attached()
    {
        enrolment.SayHello();
        exchange.StartAgain();
        modelTransfer.StartAgain();
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
        CheckModel(options, model);
        return model;
    }

    private ILocalTraining Training(IEngine? engine, ITrainingEngine? own, DeviceProfile? device)
    {
        if (own is not null)
        {
            return new EngineTraining(own, options, permit, clock, log);
        }

        if (options.Trainer is { } trainer)
        {
            return new CommandTraining(trainer, options, permit, clock, log);
        }

        ArgumentNullException.ThrowIfNull(engine);
        var memory = new MemoryCheck(device, models.FirstSha256, engine, options.Limits.Threads, () => AvailableMemory.Bytes);
        MemoryPlanning? planning = MemoryPlanner.Covers(engine)
            ? new MemoryPlanning(device, options.Limits, engine is RemoteEngine, () => MemoryCeiling.Now(options.Limits.MemoryBytes))
            : null;
        return new LocalTraining(engine, memory, options, permit, clock, log, planning);
    }
}
