using System.Collections.Concurrent;
using System.Threading.Channels;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;
using Microsoft.Extensions.Logging;
using AgentStanding = EdgeFlora.Contracts.Api.AgentStanding;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Decides which runs of the catalogue are led, leads them, and shares the fleet out among them.</summary>
internal sealed class RunDirector(
    RunCatalogue catalogue, FleetRegistry fleet, RunPlace place, RunCleanup cleanup, RunQueues queues, CoordinatorHostOptions options, Action<RunEvent> happened, TimeProvider time, ILogger log)
{
    /// <summary>So often a run may break before it has failed.</summary>
    private const int MostBreaks = 3;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, RunHost> led = [];
    private readonly ConcurrentDictionary<Guid, RunSight> sights = [];
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<RunOutcome>> outcomes = [];
    private readonly Dictionary<Guid, int> breaks = [];
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Whether what breaks a run ends the service, as in a rehearsal of crashes.</summary>
    public bool BreaksWithRun { get; init; }

    /// <summary>Whether runs begin without looking for agents first.</summary>
    public bool StartsAtOnce { get; init; }

    public RunHost? Led(Guid run) => led.GetValueOrDefault(run);

    public RunSight? Sight(Guid run) => sights.GetValueOrDefault(run);

    /// <summary>Which run works with which agents.</summary>
    public AgentSharing Sharing { get; } = new();

    /// <summary>How a run ends; completes when it is over, or when the service stops.</summary>
    public Task<RunOutcome> OutcomeAsync(Guid run) => outcomes.GetOrAdd(run, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Something has changed that may let a run begin.</summary>
    public void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Looks once more into a run that is over: sends what a dead service left unsent, and tells how it ended.</summary>
    public async Task RecallAsync(RunEntry entry)
    {
        if (await PrepareAsync(entry, CancellationToken.None) is { } host)
        {
            Start(host);
        }
    }

    /// <summary>Leads runs until stopped.</summary>
    /// <exception cref="TermLostException">Another service has taken the store over.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        fleet.Joined = Joined;
        fleet.Withdrawn = (agent, code, detail) =>
        {
            if (code != nameof(AgentStanding.Draining))
            {
                Post(new AgentWithdrawn(agent, code, detail));
            }
        };
        fleet.Heard = Post;
        fleet.IsWanted = open => catalogue.Find(open.RunId) is { IsOver: false };
        try
        {
            await TakeUpAsync(stop);
            while (true)
            {
                foreach (RunHost ended in led.Values.Where(host => host.Outcome.IsCompleted).ToArray())
                {
                    await LetGoAsync(ended, stop);
                }

                await BeginDueAsync(stop);
                await queues.RemoveDueAsync(led.ContainsKey, stop);
                cleanup.RemoveDue(led.ContainsKey);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                await Task.WhenAny(wake.Reader.WaitToReadAsync(limit.Token).AsTask(), Task.Delay(Look, time, limit.Token));
                await limit.CancelAsync();
                wake.Reader.TryRead(out _);
                stop.ThrowIfCancellationRequested();
            }
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            foreach (TaskCompletionSource<RunOutcome> waiting in outcomes.Values)
            {
                waiting.TrySetException(failure);
            }

            throw;
        }
        finally
        {
            foreach (RunHost host in led.Values)
            {
                await host.DisposeAsync();
                if (host.Outcome.IsCompletedSuccessfully)
                {
                    outcomes.GetOrAdd(host.Id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(await host.Outcome);
                }
            }

            foreach (TaskCompletionSource<RunOutcome> waiting in outcomes.Values)
            {
                waiting.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    /// <summary>Runs that were under way when the service before this one ended. What their agents have in hand is known before any run asks for agents.</summary>
    private async Task TakeUpAsync(CancellationToken stop)
    {
        foreach (RunEntry entry in catalogue.All().Where(entry => !entry.IsOver && entry.StartedAt is not null))
        {
            if (await PrepareAsync(entry, stop) is { } host)
            {
                Sharing.Hold(host.Id, host.Held);
            }
        }

        foreach (RunHost host in led.Values)
        {
            Start(host);
        }

        foreach (RunEntry entry in catalogue.All())
        {
            cleanup.RemoveOldModels(entry);
        }
    }

    private async Task BeginDueAsync(CancellationToken stop)
    {
        int active = led.Keys.Count(run => catalogue.Find(run) is { State: not RunState.Paused } && sights.GetValueOrDefault(run) is not { WaitsForAgents: true });
        foreach (RunEntry entry in catalogue.All().Where(entry => entry.State is RunState.Queued or RunState.Running && !led.ContainsKey(entry.Id))
            .OrderByDescending(entry => entry.Priority).ThenBy(entry => entry.SubmittedAt).ThenBy(entry => entry.Id))
        {
            if (HasWaitedTooLong(entry))
            {
                catalogue.SetState(entry.Id, RunState.Failed, $"It did not start: {Fitting(entry)} of {entry.Options.Rounds.MinAgents} agents needed were there within {entry.WaitFor}.", by: null, command: null);
                continue;
            }

            if (active < options.MaxActiveRuns && (StartsAtOnce || Fitting(entry) >= entry.Options.Rounds.MinAgents) && await PrepareAsync(entry, stop) is { } host)
            {
                active++;
                Start(host);
            }
        }
    }

    private bool HasWaitedTooLong(RunEntry entry) => !StartsAtOnce && entry.StartedAt is null && entry.WaitFor is { } most && time.GetUtcNow() - entry.SubmittedAt >= most;

    /// <summary>Trainers that are there and may take part.</summary>
    public int Fitting(RunEntry entry) => fleet.All().Count(agent => agent.Hello.Role == AgentRole.Trainer && fleet.IsAvailable(agent) && entry.Wants(agent));

    private async Task<RunHost?> PrepareAsync(RunEntry entry, CancellationToken stop)
    {
        var terms = new RunTerms
        {
            RunId = entry.Id,
            Priority = entry.Priority,
            DataSet = entry.DataSet,
            HeartbeatMs = fleet.HeartbeatMs,
            WaitsForEver = entry.WaitFor is null,
            Paused = entry.State == RunState.Paused,
        };
        var hooks = new RunHooks
        {
            Stepped = (state, now) => Stepped(entry.Id, state, now),
            StateChanged = (state, reason) =>
            {
                catalogue.StateStored(entry.Id, state, reason);
                Wake();
            },
            Happened = happened,
            Quarantined = fleet.Quarantine,
        };
        try
        {
            queues.Expect(entry);
            RunHost host = await RunHost.StartAsync(entry, terms, hooks, place, stop);
            led[entry.Id] = host;
            if (entry.Base is null)
            {
                catalogue.Change(entry.Id, before => before with { Base = host.Facts.Base }, command: null);
            }

            return host;
        }
        catch (Exception failure) when (!BreaksWithRun && failure is Options.CoordinatorOptionsException or Adapters.AdapterFormatException or IOException)
        {
            catalogue.SetState(entry.Id, RunState.Failed, failure.Message, by: null, command: null);
            return null;
        }
    }

    private void Start(RunHost host)
    {
        host.Start();
        _ = host.Outcome.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (catalogue.Find(host.Id) is { } entry)
        {
            foreach (FleetAgent agent in fleet.All().Where(agent => fleet.IsAvailable(agent) && entry.Wants(agent)))
            {
                host.Post(agent, said: false);
            }
        }
    }

    private async Task LetGoAsync(RunHost host, CancellationToken stop)
    {
        await host.DisposeAsync();
        led.TryRemove(host.Id, out _);
        sights.TryRemove(host.Id, out _);
        Grant(Sharing.Forget(host.Id));
        if (host.Outcome.Exception?.InnerException is { } failure)
        {
            Broke(host, failure);
            return;
        }

        breaks.Remove(host.Id);
        if (catalogue.Find(host.Id) is { } entry)
        {
            cleanup.RemoveOldModels(entry);
        }

        // Before the outcome: a service for one run ends with it.
        await queues.RemoveDueAsync(led.ContainsKey, stop);
        outcomes.GetOrAdd(host.Id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(await host.Outcome);
    }

    private void Broke(RunHost host, Exception failure)
    {
        log.RunBroke(failure.Message, failure);
        if (BreaksWithRun || failure is TermLostException)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        int times = breaks[host.Id] = breaks.GetValueOrDefault(host.Id) + 1;
        if (times >= MostBreaks)
        {
            catalogue.SetState(host.Id, RunState.Failed, $"It broke {times} times: {failure.Message}", by: null, command: null);
            outcomes.GetOrAdd(host.Id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetException(failure);
        }
        else
        {
            log.RunFell(host.Id, host.Facts.Options.Name, failure.Message, failure);
        }
    }

    private void Joined(FleetAgent agent)
    {
        foreach (RunHost host in led.Values)
        {
            if (catalogue.Find(host.Id)?.Wants(agent) == true)
            {
                host.Post(agent, said: true);
            }
            else
            {
                host.Post(new AgentWithdrawn(agent.Name, "Selector", "its labels or data do not fit the run"));
            }
        }

        Wake();
    }

    private void Post(object input)
    {
        foreach (RunHost host in led.Values)
        {
            host.Post(input);
        }
    }

    private void Stepped(Guid run, LiveRun state, long now)
    {
        if (!led.TryGetValue(run, out RunHost? host))
        {
            return;
        }

        RunSight? before = sights.GetValueOrDefault(run);
        bool same = before?.Round?.State == state.Round?.State && before?.Round?.Number == state.Round?.Number;
        DateTimeOffset wall = time.GetUtcNow();
        var sight = new RunSight(
            state.Round is null ? null : new RoundSight(state.Round, host.Facts.Rules, now, wall), state.Unfit.ToDictionary(StringComparer.Ordinal), same ? before!.Since : wall)
        {
            WaitsForEvaluators = state.EndBy is not null,
            Evaluators = state.EndBy is null ? [] : [.. state.EvaluationTasks.Values.Where(task => task.AtWork).Select(task => task.Agent).Distinct().Order(StringComparer.Ordinal)],
            EvaluatorsUntil = state.EndBy is { } end ? WaitText.Moment(end, now, wall) : null,
        };
        sights[run] = sight;
        if (before is not null && before.WaitsForAgents != sight.WaitsForAgents)
        {
            Wake();
        }

        AgentDemand demand = AgentDemand.Of(state.Round, now, host.Facts.Rules, state.Paused || state.End is not null, fleet.Drained);
        Grant(Sharing.Update(run, host.Facts.Terms.Priority, state.GrantsSeen, demand));
    }

    private void Grant(IReadOnlyList<AgentGrant> grants)
    {
        foreach (AgentGrant grant in grants)
        {
            led.GetValueOrDefault(grant.Run)?.Post(new GrantedAgents(grant.Agents));
        }
    }
}
