using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Evaluation;

/// <summary>
/// Which models are to be measured by whom: every model by every evaluator, oldest first, and at the end of the run the published one by its agents.
/// </summary>
/// <param name="isDrained">Whether an agent finishes what it has and gets nothing new.</param>
internal sealed class MeasurementSchedule(RunFacts facts, LiveRun state, Func<string, bool> isDrained)
{
    /// <summary>
    /// Whether a measurement is still to come that the end of the run waits for: before its model is chosen, one of an evaluator that is possible, or
    /// of one that was expected and never came; and one of an agent that is there.
    /// </summary>
    public bool IsOutstanding =>
        (state.Published is null && (
            Evaluators.Count(agent => !agent.Quarantined) < facts.Options.Rounds.Evaluators
            || Evaluators.Any(agent => Next(agent) is not null || state.Measurements.Of(agent.Name) is not null)))
        || Measurers.Any(agent => agent is { Present: true, Silent: false }
            && (Next(agent) is not null || state.Measurements.Of(agent.Name) is not null));

    /// <summary>All who may have something to measure.</summary>
    public IReadOnlyList<KnownAgent> Everybody => [.. Evaluators, .. Measurers];

    /// <summary>None where agents keep parts of their models: there is no whole adapter to measure.</summary>
    private IEnumerable<KnownAgent> Evaluators => IsPersonal ? [] : state.Evaluators.Select(name => state.Agents[name]);

    private bool IsPersonal => PersonalParts.AreIn(facts.Options);

    /// <summary>Agents that measure at the end of the run; none before that.</summary>
    private IEnumerable<KnownAgent> Measurers => FinalRound is null ? [] : state.Agents.Values.Where(agent => agent.MeasuresAtEnd);

    /// <summary>The round whose model agents are to measure now.</summary>
    private int? FinalRound => state.EndBy is null || !facts.Options.MeasuresAtEnd || state.NewestModel == 0 ? null
        : state.Published?.Round ?? (facts.Options.Rounds.Best is { NeedsNewest: true } ? state.NewestModel : null);

    /// <summary>
    /// Whether somebody may still have the model of a round to measure: an evaluator that has not, or one that is expected and was never here.
    /// </summary>
    public bool MayBeMeasured(int round) =>
        state.Evaluators.Count < facts.Options.Rounds.Evaluators
        || Evaluators.Any(agent => !agent.Quarantined && (IsOpen(round, agent) || state.Measurements.Of(agent.Name)?.Round == round));

    /// <summary>The round whose model somebody is to measure next; null: none.</summary>
    public int? Next(KnownAgent agent) => agent.Quarantined || isDrained(agent.Name) ? null
        : agent.Role == AgentRole.Evaluator ? IsPersonal ? null : state.Models.Keys.Cast<int?>().FirstOrDefault(round => IsOpen(round!.Value, agent))
        : FinalRound is { } last && agent.MeasuresAtEnd && IsOpen(last, agent)
            && state.Measurements.Find(last, agent.Name)?.State != TaskState.Declined ? last
        : null;

    /// <summary>Whether an agent measures all models on data of its own, rather than the last on what it trains on.</summary>
    public bool IsEvaluator(string agent) => state.Agents[agent].Role == AgentRole.Evaluator;

    /// <summary>
    /// Whether the evaluator may be given the model of a round: not measured, not at work on it, attempts left, and all of the model is still here.
    /// </summary>
    private bool IsOpen(int round, KnownAgent evaluator) =>
        !state.Measured.Contains((round, evaluator.Name))
        && (state.Measurements.Find(round, evaluator.Name) is not { } task || (!task.AtWork && task.Attempt < facts.Rules.MaxAttempts))
        && state.IsWhole(state.Models[round]);
}
