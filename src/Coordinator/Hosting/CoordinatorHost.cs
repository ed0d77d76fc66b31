using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The coordinator service: a fleet that stays, and runs that come and go on it. Survives its own death on the same state folder.</summary>
/// <param name="bus">A started bus; stays the caller's.</param>
public sealed class CoordinatorHost(MessageBus bus, CoordinatorHostOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Longest the end waits for a slow onlooker.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<Serving> serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>Runs, for the API and for programs that hold the service. Waits until the service has started.</summary>
    public IRunService Runs => field ??= new RunService(serving.Task, options, time, NewId);

    /// <summary>The fleet, likewise.</summary>
    public IFleetService Fleet => field ??= new FleetService(serving.Task, time);

    /// <summary>How devices become agents, likewise.</summary>
    public IEnrolmentService Enrolment => field ??= new EnrolmentService(serving.Task);

    /// <summary>The service's own condition, likewise.</summary>
    public IServiceMonitor Monitor => field ??= new ServiceMonitor(serving.Task, Runs, options, time);

    /// <summary>The service's figures, for <c>/metrics</c> and for whoever exports them.</summary>
    public ServiceMeter Meter => field ??= new ServiceMeter(ReadAsync, time);

    /// <summary>Completes when agents and commands are served; fails if that can't be.</summary>
    public Task Started => serving.Task;

    /// <summary>Serves until stopped.</summary>
    /// <param name="stop">Stops the service in good order; everything goes on from its state folder.</param>
    /// <exception cref="CoordinatorOptionsException">Another service is at work on this virtual host.</exception>
    /// <exception cref="StateFolderException">Another service holds the state folder, or it is of another version.</exception>
    /// <exception cref="TermLostException">Another service has taken the store over.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await ServeAsync(stop);
        }
        catch (Exception failure)
        {
            serving.TrySetException(failure);
            throw;
        }
        finally
        {
            serving.TrySetCanceled(CancellationToken.None);
            Meter.End();
            gone.TrySetResult();
        }
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
        SecureFolder(folder, log);
        using StateLock held = StateLock.Take(folder.LockFile);
        string holder = $"{Environment.MachineName}, process {Environment.ProcessId}";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = EndOnDeathAsync(ending);
        var access = new StoreAccess
        {
            Time = time,
            OnLocked = waited => log.StoreLocked(folder.DatabaseFile, (int)waited.TotalSeconds),
            Stop = ending.Token,
        };
        using ServiceStore store = ServiceStore.Open(folder.DatabaseFile, holder, access);

        var courier = new Courier(bus, time, Patience);
        using var outgoing = new OutgoingQueue(new CourierSender(courier, bus), time, log, static _ => { }, static _ => { });
        var stamp = new MessageStamp(RunFacts.BootOf(store.Id, store.Term), time);
        using var enrolment = new AgentEnrolment(new EnrolmentRegistry(store), new AgentTokenRegistry(store, time), options.Enrolment, time, log);
        var senders = new SenderCheck(log, enrolment.Agents, enrolment.IsRequired);
        var fleet = new FleetRegistry(store, outgoing.Add, options.Heartbeat, stamp, senders, time, log);
        fleet.EnrolmentLabels = name => enrolment.Agents.Find(name) is { IsActive: true, Labels: var labels }
            ? labels
            : new Dictionary<string, string>();
        fleet.Load();
        var catalogue = new RunCatalogue(store, folder.StateFolder, time);
        catalogue.Load(carriesOn: OnlyRun is not null);
        OldBodies.Move(folder, catalogue);
        StateOrigin.Look(store, folder.LockFile, options.Restored, copiedAt => HoldPrivateRuns(catalogue, store, copiedAt, log));
        OnlyRun?.Invoke(catalogue);
        var board = new EventBoard();
        var advances = new TaskAdvances();
        var place = new RunPlace
        {
            Bus = bus,
            DatabaseFile = folder.DatabaseFile,
            BlobFolder = folder.BodiesOf,
            Term = store.Term,
            Holder = holder,
            FirstAdapter = (entry, shape) => FirstAdapter(entry, shape, catalogue, store, folder),
            Secrets = SecretSource,
            Time = time,
            Log = log,
            Senders = senders,
            Meter = Meter,
            Failpoint = Failpoint,
            Archives = options.Archives,
        };
        var cleanup = new RunCleanup(catalogue, store, folder, time, log);
        var queues = new RunQueues(catalogue, options.RemoveQueues, time, log);
        var director = new RunDirector(catalogue, fleet, store, place, cleanup, queues, options, Happened, time, log)
        {
            BreaksWithRun = OnlyRun is not null,
            StartsAtOnce = OnlyRun is not null,
            Ended = (entry, ended) => WriteReportAsync(entry, log, ended),
        };
        void Happened(RunEvent happened)
        {
            advances.Take(happened);
            Meter.Take(happened);
            board.Post(happened);
        }

        var connections = new ConnectionWatch(fleet, bus.FindGoneAsync, () => director.Sharing.AtWork, time, log);
        EventBoard.Onlooker watched = board.Watch();
        Task watching = WatchAsync(watched);
        Task sending = outgoing.RunAsync(ending.Token);
        Task asking = connections.RunAsync(ending.Token);
        try
        {
            Task directing = director.RunAsync(ending.Token);
            await using FleetEndpoints endpoints = await FleetEndpoints.ConnectAsync(bus, fleet, options.AttachTimeout, time, ending.Token);
            await enrolment.MakeRoutesAsync(ending.Token);
            log.ServiceBegins(folder.StateFolder, store.Term, catalogue.All().Count, fleet.All().Count);
            fleet.AskAll();
            serving.TrySetResult(
                new Serving(store, fleet, catalogue, director, cleanup, queues, board, advances, senders, enrolment, time.GetUtcNow()));
            await directing;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Stopped or dead, both by the caller's wish.
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(sending, asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            watched.Dispose();

            // What has happened is shown before the end is told; a terminal that takes nothing is not waited for.
            await Task.WhenAny(watching, Task.Delay(LastLook, time, CancellationToken.None));
        }
    }

    /// <summary>A report that can't be written takes nothing from its run, and can be made at any time by the API.</summary>
    private async Task WriteReportAsync(RunEntry entry, ILogger log, CancellationToken stop)
    {
        if (options.WriteReport is not { } write || entry.Options.OutputFolder is not { } folder)
        {
            return;
        }

        Serving parts = await serving.Task.WaitAsync(stop);
        try
        {
            RunEvent[] events = parts.Store.Read(entry.Id.ToString(), reader => reader.Events().ToArray());
            Directory.CreateDirectory(folder);
            write(RunViews.Detail(entry, parts, time.GetUtcNow()), events, folder);
        }
#pragma warning disable CA1031 // What a writer of another project does wrong must not break the service.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.ReportNotWritten(entry.Id, failure.Message);
        }
    }

    /// <summary>Shows events to whoever started this service, on a thread of its own: a terminal that stands still holds no run up.</summary>
    private async Task WatchAsync(EventBoard.Onlooker onlooker)
    {
        await foreach (RunEvent happened in onlooker.Events.ReadAllAsync())
        {
            options.Watch?.Invoke(happened);
        }
    }

    /// <summary>The adapter that a run begins from, in the shape of its own.</summary>
    /// <exception cref="CoordinatorOptionsException">It has another shape, or is not there any more.</exception>
    private static LoraAdapter? FirstAdapter(RunEntry entry, AdapterShape shape, RunCatalogue catalogue, ServiceStore store, StoreOptions folder)
    {
        if (entry.StartFrom is not { } start)
        {
            return null;
        }

        if (start.Adapter is { } file)
        {
            return StartingAdapter.Read(file, entry.Options.Labels, shape);
        }

        StoredModel model = store.Read(
            start.RunId!.Value.ToString(),
            reader => reader.Models().LastOrDefault(model => start.Round is null || model.Round == start.Round))
            ?? throw new CoordinatorOptionsException($"startFrom.run is {start.RunId}, which has no model of round {start.Round} any more.");
        return GlobalModel.Read(model.Claim, shape, new BlobStore(folder.BodiesOf(start.RunId.Value)));
    }

    private static void HoldPrivateRuns(RunCatalogue catalogue, ServiceStore store, DateTimeOffset? copiedAt, ILogger log) => log.ServiceRestored(
        copiedAt?.ToString("u", System.Globalization.CultureInfo.InvariantCulture) ?? "an unknown time",
        RestoredRuns.Hold(catalogue, store, copiedAt).Count);

    /// <summary>A run's state is for its owner alone: it holds agents' updates and, while a round of a private run is frozen, its noise.</summary>
    /// <exception cref="StateFolderException">The folder belongs to somebody else.</exception>
    private static void SecureFolder(StoreOptions folder, ILogger log)
    {
        try
        {
            if (PrivateFolder.Secure(folder.StateFolder, folder.Marks) is { } closed)
            {
                log.StateFolderClosed(closed);
            }

            PrivateFolder.Create(folder.BlobFolder);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new StateFolderException($"Store:StateFolder '{folder.StateFolder}' can't be used: {failure.Message}", failure);
        }
    }

    /// <summary>As the API tells it; only how it stands while there is nothing to look at yet.</summary>
    private async Task<ServiceReading> ReadAsync(CancellationToken stop)
    {
        ServiceStatus status = await Runs.StatusAsync(stop);
        try
        {
            return status.Ready
                ? new ServiceReading(status, await Monitor.ResourcesAsync(stop), await Monitor.AlertsAsync(stop))
                : new ServiceReading(status);
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return new ServiceReading(status);
        }
    }

    private async Task EndOnDeathAsync(CancellationTokenSource ending)
    {
        if (await Task.WhenAny(death.Task, gone.Task) == death.Task)
        {
            await ending.CancelAsync();
        }
    }
}

/// <summary>The parts of a service that has started.</summary>
internal sealed record Serving(
    ServiceStore Store, FleetRegistry Fleet, RunCatalogue Catalogue, RunDirector Director, RunCleanup Cleanup, RunQueues Queues, EventBoard Board,
    TaskAdvances Advances, SenderCheck Senders, AgentEnrolment Enrolment, DateTimeOffset StartedAt);
