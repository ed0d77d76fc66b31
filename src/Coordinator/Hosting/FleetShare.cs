using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// What a run has asked of the fleet last. Says anew only what has changed: most messages change nothing, and must not cost a look at all agents.
/// </summary>
internal sealed class FleetShare(RunFacts facts)
{
    private (DemandKey Key, int Priority, int Grants)? said;

    /// <summary>Demands that were made so far, each of which looks at many agents.</summary>
    public long Made { get; private set; }

    /// <summary>Says what the run wants now, if that has changed.</summary>
    /// <param name="now">Run clock in milliseconds.</param>
    /// <param name="say">Takes the run's wishes, with the agents of which alone one can have become needless; null: any.</param>
    public IReadOnlyList<AgentGrant> Update(
        LiveRun state,
        long now,
        IReadOnlySet<string> drained,
        Func<(AgentDemand Demand, IReadOnlyCollection<string>? Changed), IReadOnlyList<AgentGrant>> say)
    {
        bool holds = state.Paused || state.End is not null;
        var key = DemandKey.Of(state.Round, now, facts.Rules, holds, drained);
        (DemandKey, int, int) saying = (key, facts.Terms.Priority, state.GrantsSeen);
        if (said == saying)
        {
            return [];
        }

        // A grant may come too late for the round to use it, and has touched no task: what is not needed of it goes back.
        IReadOnlyCollection<string>? changed = said is { } earlier && earlier.Grants == state.GrantsSeen && key.KeepsOthersOf(earlier.Key)
            ? [.. state.Touched]
            : null;
        said = saying;
        Made++;
        return say((AgentDemand.Of(state.Round, now, facts.Rules, holds, drained), changed));
    }
}
