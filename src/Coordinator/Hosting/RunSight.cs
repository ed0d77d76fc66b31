using EdgeFlora.Coordinator.Waits;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>A loaded run as it stood after its last step.</summary>
/// <param name="Open">Its round, with the clock at that step; null: it has none yet.</param>
/// <param name="Unfit">Agents that can't take part, with the reason.</param>
/// <param name="Since">Since when the round is in its state.</param>
internal sealed record RunSight(RoundSight? Open, IReadOnlyDictionary<string, string> Unfit, DateTimeOffset Since)
{
    public Round? Round => Open?.Round;

    /// <summary>All rounds are over, and measurements are still to come.</summary>
    public bool WaitsForEvaluators { get; init; }

    /// <summary>Evaluators that have not answered yet, where they are waited for.</summary>
    public IReadOnlyList<string> Evaluators { get; init; } = [];

    /// <summary>When evaluators are no longer waited for.</summary>
    public DateTimeOffset? EvaluatorsUntil { get; init; }

    /// <summary>Whether it waits for agents that are not there.</summary>
    public bool WaitsForAgents => Round is { State: RoundState.Planned } round && round.Online.Count < round.Needed;
}
