using System.Data.Common;
using System.Runtime.ExceptionServices;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The coordinator service: a fleet that stays, and runs that come and go on it. Survives its own death on the same state folder.</summary>
/// <param name="bus">A started bus; stays the caller's.</param>
public sealed class CoordinatorHost(MessageBus bus, CoordinatorHostOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Leadership leadership = new(loggers.CreateLogger<CoordinatorHost>())
    {
        Told = options.StandsBy,
        HandsOn = options.HandsOn,
        ComesBack = options.ComesBack,
    };

    private readonly TaskCompletionSource<Serving> serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OwnAddress address = new(time, loggers.CreateLogger<CoordinatorHost>());
    private readonly TaskCompletionSource death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Rehearses crashes; see <see cref="RunStore.Failpoint"/>.</summary>
    internal Action<string> Failpoint { get; init; } = static _ => { };

    /// <summary>Draws the secrets of private runs; a test passes known ones in.</summary>
    internal SecretSource SecretSource { get; init; } = CryptographicSource.Draw;

    /// <summary>Chooses ids of runs.</summary>
    internal Func<Guid> NewId { get; init; } = () => Guid.CreateVersion7(time.GetUtcNow());

    /// <summary>
    /// Makes the catalogue ready where the service leads one run, for a caller that wants to hear of everything that breaks it; null: it leads what
    /// there is.
    /// </summary>
    internal Action<RunCatalogue>? OnlyRun { get; init; }

    /// <summary>Why this replica does not lead, as a sentence without its full stop; null: it leads or is about to.</summary>
    public string? StandsBy => leadership.StandsBy;

    /// <summary>Who leads while this replica stands by; null: nobody that it knows of.</summary>
    public LeadingReplica? Leading => leadership.Leading;

    /// <summary>Runs, for the API and for programs that hold the service. Waits until the service has started.</summary>
    public IRunService Runs => field ??= new RunService(serving.Task, options, time, NewId, () => StandsBy);

    /// <summary>The fleet, likewise.</summary>
    public IFleetService Fleet => field ??= new FleetService(serving.Task, time, options.AgentVersion);

    /// <summary>How devices become agents, likewise.</summary>
    public IEnrolmentService Enrolment => field ??= new EnrolmentService(serving.Task);

    /// <summary>The service's own condition, likewise.</summary>
    public IServiceMonitor Monitor => field ??= new ServiceMonitor(serving.Task, Runs, options, time);

    /// <summary>The service's figures, for <c>/metrics</c> and for whoever exports them.</summary>
    public ServiceMeter Meter => field ??= new ServiceMeter(stop => ServiceFigures.ReadAsync(Runs, Monitor, stop), time);

    /// <summary>Completes when agents and commands are served; fails if that can't be.</summary>
    public Task Started => serving.Task;

    /// <summary>Says where this replica is reached, which it tells the others once it leads.</summary>
    public void Reach(ReplicaAddress reached) => address.Set(reached);

    /// <summary>Serves until stopped.</summary>
    /// <param name="stop">Stops the service in good order; everything goes on from its state folder.</param>
    /// <exception cref="CoordinatorOptionsException">Another service is at work on this virtual host.</exception>
    /// <exception cref="StateFolderException">Another service holds the state folder, or it is of another version.</exception>
    /// <exception cref="TermLostException">Another service has taken the store over, or a replica's lease has lapsed.</exception>
    /// <exception cref="StoreUnavailableException">The database does not let us in.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await ServeAsync(stop);
        }
        catch (DbException away) when (options.Postgres is not null && PostgresFailures.IsOutage(away))
        {
            throw Fail(new TermLostException($"The database broke off ({away.Message.TrimEnd('.')}); this one stands by.", away));
        }
        catch (Exception failure)
        {
            Fail(failure);
            throw;
        }
        finally
        {
            serving.TrySetCanceled(CancellationToken.None);
            Meter.End();
            gone.TrySetResult();
        }
    }

    private Exception Fail(Exception failure)
    {
        if (failure is TermLostException && options.Postgres is not null)
        {
            loggers.CreateLogger<CoordinatorHost>().StoodDown(failure.Message);
        }

        serving.TrySetException(failure);
        return failure;
    }

    /// <summary>Ends at once, as a killed process would: queues are dropped, nothing is said or written. For drills within one process.</summary>
    public async Task DieAsync()
    {
        death.TrySetResult();
        await gone.Task;
    }

    /// <summary>How a run ends; completes when it is over, or when the service stops.</summary>
    internal async Task<RunOutcome> OutcomeAsync(Guid run) => await (await serving.Task).Director.OutcomeAsync(run);

    internal Task<Serving> ServingAsync() => serving.Task;

    private async Task ServeAsync(CancellationToken stop)
    {
        ILogger log = loggers.CreateLogger<CoordinatorHost>();
        StoreOptions folder = options.Store;
        OwnedFolder.Secure(folder, log);
        SharedFolder.RequireKind(folder, options.Postgres);
        using IStoreDatabase database = options.Postgres is { } shared ? new PostgresDatabase(shared) : new SqliteDatabase(folder.DatabaseFile);
        using StateLock? held = options.Postgres is null ? StateLock.Take(folder.LockFile) : null;
        string holder = $"{Environment.MachineName}, process {Environment.ProcessId}";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = EndOnDeathAsync(ending);
        var access = new StoreAccess
        {
            Time = time,
            OnLocked = waited => log.StoreLocked(database.Name, (int)waited.TotalSeconds),
            Stop = ending.Token,
        };
        var board = new EventBoard();
        await using var shown = new ShownEvents(board, options.Watch, time);
        using ServiceStore? won = await leadership.LeadAsync(database, options, holder, access, ending.Token);
        if (won is not { } store)
        {
            return;
        }

        await using var lease = new HeldLease(database.LeaseOf(store.Term, time), ending, () => death.Task.IsCompleted);
        try
        {
            await LeadAsync(database, store, lease, holder, board, ending, log);
        }
        catch (OperationCanceledException) when (lease.Loss is { } loss)
        {
            ExceptionDispatchInfo.Throw(loss);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Stopped or dead, both by the caller's wish.
        }
    }

    private async Task LeadAsync(
        IStoreDatabase database, ServiceStore store, HeldLease lease, string holder, EventBoard board, CancellationTokenSource ending, ILogger log)
    {
        StoreOptions folder = options.Store;
        SharedFolder.RequireBodies(options.Postgres, database);
        options.Leading();
        database.PrepareBodies();
        options.SharedFiles?.Lead(store.Term);
        using BucketBodies? bucket = options.Postgres?.S3 is { } place
            ? new BucketBodies(place, (PostgresDatabase)database, store.Term, time, log, ending.Token)
            : null;
        var bodies = new RunBodies(folder, database, store.Term, time, log, bucket);
        await (bucket?.ClaimAsync(store.Id, options.Restored) ?? Task.CompletedTask);
        var courier = new Courier(bus, time, Patience) { Guard = lease.Require };
        using var outgoing = new OutgoingQueue(new CourierSender(courier, bus), time, log, static _ => { }, static _ => { });
        using var members = new ServiceMembers(store, options, outgoing.Add, time, log);

        // Declared after all that the loops use, so that they end before it goes.
        await using var loops = new BackgroundLoops(ending);
        loops.Start(_ => lease.Renewing);
        loops.Start(stopped => address.TellAsync(database, store.Term, stopped));
        if (bucket is not null)
        {
            loops.Start(_ => bucket.KeepAsync());
        }

        FleetRegistry fleet = members.Fleet;
        var catalogue = new RunCatalogue(store, folder.StateFolder, time);
        catalogue.Load(carriesOn: OnlyRun is not null);
        OldBodies.Move(folder, catalogue);
        StateOrigin.Look(
            store,
            database.Identity ?? FileIdentity.Of(folder.LockFile),
            options.Restored,
            copiedAt =>
            {
                members.Users.IsSetBack = true;
                RestoredRuns.Hold(catalogue, store, copiedAt, log);
            });
        OnlyRun?.Invoke(catalogue);
        SharedKey.Settle(folder.ProvenanceKeyFile, options.SharedFiles);
        var key = new HeldProvenanceKey(folder.ProvenanceKeyFile);
        key.Check();
        var advances = new TaskAdvances();
        var runs = new RunPlace
        {
            Bus = bus,
            Database = database,
            Guard = lease.Require,
            Bodies = bodies,
            Term = store.Term,
            Holder = holder,
            FirstAdapter = (entry, shape) => StartingModel.Read(entry, shape, store, bodies),
            Key = key.Get,
            Secrets = SecretSource,
            Time = time,
            Log = log,
            Senders = members.Senders,
            Meter = Meter,
            Failpoint = Failpoint,
            Archives = options.Archives,
        };
        var cleanup = new RunCleanup(catalogue, store, bodies, time, log);
        var queues = new RunQueues(catalogue, options.RemoveQueues, time, log);
        var director = new RunDirector(catalogue, fleet, store, runs, cleanup, queues, options, Happened, time, log)
        {
            BreaksWithRun = OnlyRun is not null,
            StartsAtOnce = OnlyRun is not null,
            Ended = new ReportWriter(serving.Task, options.WriteReport, time, log).WriteAsync,
        };
        void Happened(RunEvent happened)
        {
            advances.Take(happened);
            Meter.Take(happened);
            board.Post(happened);
        }

        var connections = new ConnectionWatch(fleet, bus.FindGoneAsync, () => director.Sharing.AtWork, time, log);
        loops.Start(outgoing.RunAsync);
        loops.Start(connections.RunAsync);
        loops.Start(director.RunAsync);
        await using FleetEndpoints endpoints = await FleetEndpoints.ConnectAsync(
            bus, fleet, members.Credentials, () => members.Users.Ask(connected: true), options.AttachTimeout, time, log, ending.Token);
        await members.Users.StartAsync(ending.Token);
        loops.Start(members.Users.RunAsync);
        loops.Start(members.Credentials.RunAsync);
        log.ServiceBegins(folder.StateFolder, store.Term, catalogue.All().Count, fleet.All().Count);
        fleet.AskAll();
        serving.TrySetResult(new Serving(
            database, store, fleet, catalogue, director, cleanup, bodies, queues, board, advances, members.Senders, members.Enrolment,
            members.Credentials, key.Get, time.GetUtcNow()));
        await loops.CompleteAsync();
    }

    private async Task EndOnDeathAsync(CancellationTokenSource ending)
    {
        if (await Task.WhenAny(death.Task, gone.Task) == death.Task)
        {
            await ending.CancelAsync();
        }
    }
}
