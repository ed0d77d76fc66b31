using System.Collections.Concurrent;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Follows the runs that are led, step by step: keeps how each stands, and shares the fleet out among them as they ask. Thread-safe.
/// </summary>
/// <param name="changed">Called when something has changed that may let another run begin.</param>
internal sealed class RunObserver(LedRuns led, FleetRegistry fleet, Action changed, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, RunSight> sights = [];

    /// <summary>Which run works with which agents.</summary>
    public AgentSharing Sharing { get; } = new();

    /// <summary>How a run stood after its last step; null: it is not led.</summary>
    public RunSight? Sight(Guid run) => sights.GetValueOrDefault(run);

    /// <summary>A run has done a step. Called on the run's loop.</summary>
    /// <param name="now">Run clock in milliseconds.</param>
    public void Stepped(Guid run, LiveRun state, long now)
    {
        if (led.Find(run) is not { } host)
        {
            return;
        }

        RunSight? before = Sight(run);
        RunSight sight = SightOf(host, state, before, now);
        sights[run] = sight;
        if (before is not null && before.WaitsForAgents != sight.WaitsForAgents)
        {
            changed();
        }

        Grant(host.Share.Update(
            state, now, fleet.Drained, wish => Sharing.Update(run, host.Facts.Terms.Priority, state.GrantsSeen, wish.Demand, wish.Changed)));
    }

    /// <summary>A run is not led any more: its agents go to others.</summary>
    public void Forget(Guid run)
    {
        sights.TryRemove(run, out _);
        Grant(Sharing.Forget(run));
    }

    private RunSight SightOf(RunHost host, LiveRun state, RunSight? before, long now)
    {
        bool same = before?.Round?.State == state.Round?.State && before?.Round?.Number == state.Round?.Number;
        DateTimeOffset wall = time.GetUtcNow();
        return new RunSight(
            state.Round is null ? null : new RoundSight(state.Round, host.Facts.Rules, now, wall), state.Unfit, same ? before!.Since : wall)
        {
            WaitsForEvaluators = state.EndBy is not null,
            Evaluators = state.EndBy is null ? [] : [.. state.Measurements.UnderWay.Select(work => work.Task.Agent)],
            EvaluatorsUntil = state.EndBy is { } end ? WaitText.Moment(end, now, wall) : null,
        };
    }

    private void Grant(IReadOnlyList<AgentGrant> grants)
    {
        foreach (AgentGrant grant in grants)
        {
            led.Find(grant.Run)?.Post(new GrantedAgents(grant.Agents));
        }
    }
}
