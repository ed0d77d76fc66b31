using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Evaluation;

/// <summary>
/// The end of a run, once its rounds are over: evaluators measure what they have left, the run's model is chosen, and its agents measure that on
/// their held-out data. Each of the two waits has its limit.
/// </summary>
internal sealed class RunFinish(RunFacts facts, LiveRun state, EvaluationHandler evaluations, ModelQuality quality)
{
    private long LimitMs => RunFacts.Milliseconds(facts.Options.Rounds.EvaluationTimeout);

    /// <summary>No further round begins.</summary>
    /// <param name="early">Why, in a sentence, where rounds are left; null: all are done.</param>
    public void Begin(string? early, Step step)
    {
        state.Ending = early;
        if (early is not null)
        {
            step.Store.SetEnding(early);
        }

        state.EndBy = step.Now + LimitMs;
        evaluations.Pump(step);
    }

    /// <summary>Goes on as far as what has come in allows.</summary>
    /// <returns>Whether the run is over.</returns>
    public bool Advance(Step step)
    {
        if (state.EndBy is not { } endBy || (evaluations.Schedule.IsOutstanding && step.Now < endBy))
        {
            return false;
        }

        if (state.Published is not null || quality.Choice is not { } chosen)
        {
            return true;
        }

        state.Published = chosen;
        step.Store.SetPublished(chosen);
        state.EndBy = step.Now + LimitMs;
        evaluations.Pump(step);
        return LimitMs == 0 || !evaluations.Schedule.IsOutstanding;
    }
}
