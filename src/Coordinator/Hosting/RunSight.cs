using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>A loaded run as it stood after its last step.</summary>
/// <param name="Unfit">Agents that can't take part, with the reason.</param>
/// <param name="WaitsForEvaluators">All rounds are over, and measurements are still to come.</param>
/// <param name="Since">Since when the round is in its state.</param>
internal sealed record RunSight(Round? Round, IReadOnlyDictionary<string, string> Unfit, bool WaitsForEvaluators, DateTimeOffset Since)
{
    /// <summary>Whether it waits for agents that are not there.</summary>
    public bool WaitsForAgents => Round is { State: RoundState.Planned } round && round.Online.Count < round.Needed;
}
