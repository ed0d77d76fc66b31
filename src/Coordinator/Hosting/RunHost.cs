using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>One run that this service leads: its store, its loop, its queues.</summary>
internal sealed class RunHost : IAsyncDisposable
{
    /// <summary>Longest wait for the broker's word on one message before it is tried again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource ending;
    private readonly RunStore store;
    private readonly BlobExchange exchange;
    private readonly IntakeEndpoints endpoints;
    private readonly RunAssembly run;

    private RunHost(Guid id, CancellationTokenSource ending, RunStore store, BlobExchange exchange, IntakeEndpoints endpoints, RunAssembly run)
    {
        Id = id;
        this.ending = ending;
        this.store = store;
        this.exchange = exchange;
        this.endpoints = endpoints;
        this.run = run;
    }

    public Guid Id { get; }

    /// <summary>How the run ended, or that this service stopped; fails with what broke it.</summary>
    public Task<RunOutcome> Outcome { get; private set; } = Task.FromException<RunOutcome>(new InvalidOperationException("The run was not started."));

    public RunFacts Facts => run.Facts;

    /// <summary>What it asks of the fleet.</summary>
    public FleetShare Share => field ??= new FleetShare(Facts);

    /// <param name="place">What the service provides.</param>
    /// <exception cref="Options.CoordinatorOptionsException">The base model or the adapter to start from is not what it should be.</exception>
    public static async Task<RunHost> StartAsync(RunEntry entry, RunTerms terms, RunHooks hooks, RunPlace place, CancellationToken stop)
    {
        // On a thread of its own: a model may be large, and its file system slow or gone.
        BaseModelFiles model = await Task.Factory
            .StartNew(() => ReadModelAsync(entry, place, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        StoreAccess access = place.Access(ending.Token);
        RunStore store = RunStore.Open(place.Database, entry.Id.ToString(), place.Term, place.Holder, access, place.Failpoint);
        try
        {
            BlobStore blobs = place.Bodies.Open(entry.Id);
            var courier = new Courier(place.Bus, place.Time, Patience) { Guard = place.Guard };
            var exchange = new BlobExchange(blobs, courier, place.Time, Patience, others: place.Archives);
            void Transfer(object message, BlobPeer peer) => _ = CarryAsync(exchange, message, peer, place.Log, ending.Token);
            RunTerms whole = terms with { StartFrom = () => place.FirstAdapter(entry, model.Shape) };
            var sender = new CourierSender(courier, place.Bus);
            var run = new RunAssembly(entry.Options, whole, hooks, model, store, blobs, sender, place.Time, place.Secrets, place.Log, Transfer);
            IntakeEndpoints endpoints = await IntakeEndpoints.ConnectAsync(
                place.Bus, entry.Id, run.Loop, run.Blobs, exchange, place.Senders, place.Time, ending.Token);
            return new RunHost(entry.Id, ending, store, exchange, endpoints, run);
        }
        catch
        {
            store.Dispose();
            ending.Dispose();
            throw;
        }
    }

    /// <summary>Begins or goes on with the run.</summary>
    public void Start() => Outcome = Task.Run(LeadAsync);

    /// <summary>Hands an operator's command over; completes once its effects are stored, or the run has ended.</summary>
    /// <exception cref="ServiceRefusedException">Nothing is stored of it, for this service stops or has to take the run up again.</exception>
    public async Task AskAsync(object input)
    {
        try
        {
            await run.Loop.AskAsync(input);
        }
        catch (NotStoredException)
        {
            throw new ServiceRefusedException(
                ProblemCode.Unavailable, "the run is being taken up again, or the service stops; nothing was done", "repeat the request");
        }
    }

    /// <summary>Hands an input over and does not wait.</summary>
    public void Post(object input) => run.Loop.Post(input);

    /// <summary>An agent of the fleet that may take part is there.</summary>
    /// <param name="said">Whether it has just said so; if not, a run that knows this process knows better what it holds.</param>
    public void Post(FleetAgent agent, bool said) => run.Loop.Post(
        new FleetMember(agent.Hello with { Labels = agent.Labels, Journal = agent.Hello.Tasks.FirstOrDefault(open => open.RunId == Id) }, said));

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Outcome.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Facts.Telemetry.End("interrupted");
        await endpoints.DisposeAsync();
        exchange.Dispose();
        store.Dispose();
        ending.Dispose();
    }

    private static async Task<BaseModelFiles> ReadModelAsync(RunEntry entry, RunPlace place, CancellationToken stop)
    {
        BaseModelFiles model = await BaseModelFiles.ReadAsync(entry.Options, stop);
        try
        {
            return place.Archives is { } archives
                ? model with { Archive = (await archives.OfAsync(entry.Options.BaseModelFolder).WaitAsync(stop)).Archive }
                : model;
        }
        catch (Exception unfit) when (unfit is AdapterFormatException or IOException or UnauthorizedAccessException)
        {
            // Agents that have a copy can train it all the same.
            place.Log.ModelNotHandedOut(model.Base.ModelId, unfit.Message);
            return model;
        }
    }

    private async Task<RunOutcome> LeadAsync()
    {
        try
        {
            return await run.RunAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return run.Interrupted();
        }
    }

    private static async Task CarryAsync(BlobExchange exchange, object message, BlobPeer peer, ILogger log, CancellationToken stop)
    {
        try
        {
            await (message switch
            {
                BlobAnnounced announced => exchange.OnAnnouncedAsync(announced, peer, stop),
                BlobWanted wanted => exchange.OnWantedAsync(wanted, peer, stop),
                _ => throw new ArgumentException($"{message.GetType()} begins no transfer.", nameof(message)),
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // The outermost frame of a transfer: whatever broke it off, the agent asks again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.TransferFailed(peer.AgentId, failure);
        }
    }
}
