using System.Threading.Channels;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Decides which runs of the catalogue are led, and lets go of those that have ended. No run waits for another's trouble.</summary>
internal sealed class RunDirector
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Longest the end waits for what is under way.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private readonly RunCatalogue catalogue;
    private readonly FleetRegistry fleet;
    private readonly ServiceStore store;
    private readonly RunCleanup cleanup;
    private readonly RunQueues queues;
    private readonly CoordinatorHostOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly LedRuns led = new();
    private readonly RunOutcomes outcomes = new();
    private readonly RunSetbacks setbacks;
    private readonly BrokenRuns broken;
    private readonly RunTasks tasks;
    private readonly RunObserver observer;
    private readonly RunLauncher launcher;
    private readonly RolloutWatch rollouts;
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public RunDirector(
        RunCatalogue catalogue, FleetRegistry fleet, ServiceStore store, RunPlace place, RunCleanup cleanup, RunQueues queues,
        CoordinatorHostOptions options, Action<RunEvent> happened, TimeProvider time, ILogger log)
    {
        this.catalogue = catalogue;
        this.fleet = fleet;
        this.store = store;
        this.cleanup = cleanup;
        this.queues = queues;
        this.options = options;
        this.time = time;
        this.log = log;
        setbacks = new RunSetbacks(time);
        broken = new BrokenRuns(catalogue, setbacks, outcomes, log);
        rollouts = new RolloutWatch(catalogue, store, led, time, log);
        tasks = new RunTasks(Wake);
        observer = new RunObserver(led, fleet, Wake, time);
        launcher = new RunLauncher(catalogue, fleet, place, cleanup, queues, led, observer, Happened, Wake);

        void Happened(RunEvent what)
        {
            happened(what);
            if (what.Kind is RunEventKind.RoundCommitted or RunEventKind.RoundSkipped)
            {
                // A rollout may have shown enough.
                Wake();
            }
        }
    }

    /// <summary>Whether what breaks a run ends the service, as in a rehearsal of crashes.</summary>
    public bool BreaksWithRun { get; init; }

    /// <summary>Whether runs begin without looking for agents first.</summary>
    public bool StartsAtOnce { get; init; }

    /// <summary>Called when a run is over, before anybody is told; may be called again for the same run.</summary>
    public Func<RunEntry, CancellationToken, Task> Ended { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Which run works with which agents.</summary>
    public AgentSharing Sharing => observer.Sharing;

    public RunHost? Led(Guid run) => led.Find(run);

    /// <summary>Whether a run is led, or about to be, or being put away.</summary>
    public bool IsInHand(Guid run) => led.Contains(run) || tasks.Contains(run);

    public RunSight? Sight(Guid run) => observer.Sight(run);

    /// <summary>How a run ends; completes when it is over, or when the service stops.</summary>
    public Task<RunOutcome> OutcomeAsync(Guid run) => outcomes.Of(run);

    /// <summary>Something has changed that may let a run begin.</summary>
    public void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Looks once more into a run that is over: sends what a dead service left unsent, and tells how it ended.</summary>
    public Task RecallAsync(RunEntry entry) => tasks.Begin(entry.Id, () => LaunchAsync(entry, CancellationToken.None));

    /// <summary>Trainers that are there and may take part.</summary>
    public int Fitting(RunEntry entry) => Trainers(entry).Count();

    /// <inheritdoc cref="Fitting"/>
    public IEnumerable<FleetAgent> Trainers(RunEntry entry) =>
        fleet.All().Where(agent => agent.Hello.Role == AgentRole.Trainer && fleet.IsAvailable(agent) && entry.Wants(agent));

    /// <summary>Leads runs until stopped.</summary>
    /// <exception cref="TermLostException">Another service has taken the store over.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        new FleetListener(fleet, catalogue, led, Wake).Begin();
        Task removing = Task.CompletedTask;
        try
        {
            TakeUp(stop);
            bool tidied = false;
            while (true)
            {
                await tasks.CheckAsync();
                LetGoOfEnded(stop);
                BeginDue(stop);
                rollouts.Look();
                if (removing.IsCompleted)
                {
                    await removing;
                    removing = queues.RemoveDueAsync(IsInHand, stop);
                }

                cleanup.RemoveDue(IsInHand);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                await Task.WhenAny(wake.Reader.WaitToReadAsync(limit.Token).AsTask(), Task.Delay(Look, time, limit.Token));
                await limit.CancelAsync();
                wake.Reader.TryRead(out _);
                stop.ThrowIfCancellationRequested();
                if (!tidied)
                {
                    // Not before the service serves: it takes a while with many runs.
                    catalogue.All().ToList().ForEach(cleanup.RemoveOldModels);
                    tidied = true;
                }
            }
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            outcomes.FailAll(failure);
            throw;
        }
        finally
        {
            await EndAsync(removing);
        }
    }

    private async Task EndAsync(Task removing)
    {
        await tasks.SettleAsync(Farewell, time);
        await removing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (RunHost host in led.All)
        {
            await host.DisposeAsync();
            Tell(host);
        }

        outcomes.CancelAll();
    }

    /// <summary>
    /// Takes up the runs that were under way when the service before this one ended. What their agents have in hand is known before any run asks for
    /// agents.
    /// </summary>
    private void TakeUp(CancellationToken stop)
    {
        RunEntry[] begun = [.. catalogue.All().Where(entry => !entry.IsOver && !entry.SpentUnknown && entry.StartedAt is not null)];
        foreach (RunEntry entry in begun)
        {
            Sharing.Hold(entry.Id, store.Read(entry.Id.ToString(), reader => RunRecovery.Held(reader, launcher.RulesOf(entry))));
        }

        foreach (RunEntry entry in begun)
        {
            tasks.Begin(entry.Id, () => LaunchAsync(entry, stop));
        }
    }

    private void BeginDue(CancellationToken stop)
    {
        int active = led.All.Select(host => host.Id).Union(tasks.Runs)
            .Count(run => catalogue.Find(run) is { State: not RunState.Paused } && Sight(run) is not { WaitsForAgents: true });
        foreach (RunEntry entry in catalogue.All()
            .Where(entry => entry.State is RunState.Queued or RunState.Running && !IsInHand(entry.Id) && setbacks.MayBeTakenUp(entry.Id))
            .OrderByDescending(entry => entry.Priority).ThenBy(entry => entry.SubmittedAt).ThenBy(entry => entry.Id))
        {
            if (HasWaitedTooLong(entry))
            {
                string missing = $"{Fitting(entry)} of {entry.Options.Rounds.MinAgents} agents needed were there within {entry.WaitFor}";
                catalogue.SetState(entry.Id, RunState.Failed, $"It did not start: {missing}.", by: null, command: null);
                continue;
            }

            if (active < options.MaxActiveRuns && (StartsAtOnce || Fitting(entry) >= entry.Options.Rounds.MinAgents))
            {
                active++;
                tasks.Begin(entry.Id, () => LaunchAsync(entry, stop));
            }
        }
    }

    private bool HasWaitedTooLong(RunEntry entry) =>
        !StartsAtOnce && entry.StartedAt is null && entry.WaitFor is { } most && time.GetUtcNow() - entry.SubmittedAt >= most;

    /// <summary>Takes a run up. What hinders that concerns this run alone, unless the service is to break with it.</summary>
    private async Task LaunchAsync(RunEntry entry, CancellationToken stop)
    {
        try
        {
            await launcher.LaunchAsync(entry, stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            observer.Forget(entry.Id);
            if (failure is Options.CoordinatorOptionsException or Adapters.AdapterFormatException or IOException and not ArchiveAwayException
                && !BreaksWithRun)
            {
                catalogue.SetState(entry.Id, RunState.Failed, failure.Message, by: null, command: null);
            }
            else
            {
                broken.Handle(entry.Id, entry.Name, failure, BreaksWithRun);
            }
        }
    }

    private void LetGoOfEnded(CancellationToken stop)
    {
        foreach (RunHost host in led.All.Where(host => !tasks.Contains(host.Id) && host.Outcome.IsCompleted).ToArray())
        {
            tasks.Begin(host.Id, () => LetGoAsync(host, stop), () => Tell(host));
        }
    }

    private async Task LetGoAsync(RunHost host, CancellationToken stop)
    {
        try
        {
            await host.DisposeAsync();
        }
        finally
        {
            led.Remove(host.Id);
            observer.Forget(host.Id);
        }

        if (host.Outcome.Exception?.InnerException is { } failure)
        {
            if (failure is not ArchiveAwayException)
            {
                log.RunBroke(failure.Message, failure);
            }

            broken.Handle(host.Id, host.Facts.Options.Name, failure, BreaksWithRun);
            return;
        }

        setbacks.Forget(host.Id);
        if (catalogue.Find(host.Id) is { IsOver: true } entry)
        {
            cleanup.RemoveOldModels(entry);
            await Ended(entry, stop);

            // Before the outcome: a service for one run ends with it.
            await queues.RemoveAsync(host.Id, stop);
        }
    }

    private void Tell(RunHost host)
    {
        if (host.Outcome.IsCompletedSuccessfully)
        {
            outcomes.Set(host.Id, host.Outcome.Result);
        }
    }
}
