using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Takes runs up: loads one from its files and the store, attaches it to its queues, and lets it go.</summary>
/// <param name="happened">Gets the events of runs.</param>
/// <param name="changed">Called when a run has ended or changed its state.</param>
internal sealed class RunLauncher(
    RunCatalogue catalogue, FleetRegistry fleet, RunPlace place, RunCleanup cleanup, RunQueues queues, LedRuns led, RunObserver observer,
    Action<RunEvent> happened, Action changed)
{
    /// <summary>The rules of a run's rounds.</summary>
    public RoundRules RulesOf(RunEntry entry) => RunFacts.RulesOf(entry.Options, TermsOf(entry));

    /// <summary>Takes a run up. It is led when this returns.</summary>
    /// <exception cref="Transport.Buses.BrokerUnreachableException">The broker does not let its queues be consumed.</exception>
    /// <exception cref="Options.CoordinatorOptionsException">The base model or the adapter to start from is not what it should be.</exception>
    public async Task LaunchAsync(RunEntry entry, CancellationToken stop)
    {
        queues.Expect(entry);
        RunHost host = await RunHost.StartAsync(entry, TermsOf(entry), HooksOf(entry), place, stop);
        led.Add(host);
        if (entry.Base is null)
        {
            catalogue.Change(entry.Id, before => before with { Base = host.Facts.Base }, command: null);
        }

        host.Start();
        _ = host.Outcome.ContinueWith(_ => changed(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (catalogue.Find(entry.Id) is { } present)
        {
            CatchUp(host, entry, present);
            foreach (FleetAgent agent in fleet.All().Where(agent => fleet.PresenceOf(agent) == AgentPresence.Online && agent.MayWorkFor(entry.Id)))
            {
                if (present.Wants(agent))
                {
                    host.Post(agent, said: false);
                }
            }
        }
    }

    /// <summary>What operators have changed while the run was taken up: they saw nobody lead it, and changed the catalogue alone.</summary>
    private static void CatchUp(RunHost host, RunEntry taken, RunEntry present)
    {
        if (!ReferenceEquals(present.Options, taken.Options) || present.Priority != taken.Priority)
        {
            host.Post(new ChangeRun(present.Options, present.Priority));
        }

        if (!present.IsOver && (present.State == RunState.Paused) != (taken.State == RunState.Paused))
        {
            host.Post(new HoldRun(present.State == RunState.Paused, present.Reason));
        }
    }

    private RunTerms TermsOf(RunEntry entry) => new()
    {
        RunId = entry.Id,
        Priority = entry.Priority,
        DataSet = entry.DataSet,
        HeartbeatMs = fleet.HeartbeatMs,
        WaitsForEver = entry.WaitFor is null,
        Paused = entry.State == RunState.Paused,
        AbandonedRound = entry.AbandonedRound,
        KeptModels = entry.Retention.ModelsInAll,
        KeptResults = entry.KeptResults,
        Key = place.Key,
        IsAwaited = () => cleanup.IsAwaited(entry.Id),
    };

    private RunHooks HooksOf(RunEntry entry) => new()
    {
        Stepped = (state, now) => observer.Stepped(entry.Id, state, now),
        StateChanged = (state, reason) =>
        {
            catalogue.StateStored(entry.Id, state, reason);
            changed();
        },
        Happened = happened,
        WhyAway = agent => fleet.Find(agent) is { } known && catalogue.Find(entry.Id) is { } present ? AgentWithdrawn.Of(known, present) : null,
        IsDrained = agent => fleet.Drained.Contains(agent),
        Quarantined = fleet.Quarantine,
        Telemetry = new RunTelemetry(entry.Id, entry.TraceParent, place.Meter, place.Time),
    };
}
