using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>By what the models of a run's rounds are compared, and what follows from it.</summary>
public sealed record BestModelOptions
{
    /// <summary>Whether the run's adapter is that of its best round, and not of its newest. Default no.</summary>
    public bool Keep { get; init; }

    /// <summary>Default <see cref="ModelMetric.Loss"/>.</summary>
    public ModelMetric Metric { get; init; }

    /// <summary>Default <see cref="MeasuredBy.Evaluator"/>.</summary>
    public MeasuredBy By { get; init; }

    /// <summary>Measured rounds without a better model after which the run ends, 1 … 10,000; null: it does all its rounds.</summary>
    public int? Patience { get; init; }

    /// <summary>Only what is better by more than this renews the patience, 0 … 1e6. Default 0.</summary>
    public double MinDelta { get; init; }

    /// <summary>Whether the newest model, which no later round's agents measure, has to be measured before one is chosen.</summary>
    internal bool NeedsNewest => Keep && By == MeasuredBy.Agents;

    internal bool HigherIsBetter => Metric == ModelMetric.Accuracy;

    internal IEnumerable<string> Problems(CoordinatorOptions options)
    {
        string[] ranges =
        [
            .. Patience is { } rounds ? OptionRange.Whole("Rounds:Best:Patience", rounds, 1, 10_000) : [],
            .. OptionRange.Number("Rounds:Best:MinDelta", MinDelta, 0, 1e6),
        ];
        return ranges.Concat(Enum.IsDefined(Metric) && Enum.IsDefined(By)
            ? FigureProblems(options).Concat(StrategyProblems(options))
            : [$"Rounds:Best:Metric is {Metric} and Rounds:Best:By is {By}; they are Loss or Accuracy, and Evaluator or Agents."]);
    }

    private IEnumerable<string> FigureProblems(CoordinatorOptions options)
    {
        if (Metric == ModelMetric.Accuracy && options.Task == LearningTask.LanguageModel)
        {
            yield return "Rounds:Best:Metric is accuracy; a language model has none: it must be loss.";
        }

        if (By == MeasuredBy.Evaluator && options.Rounds.Evaluators == 0)
        {
            yield return "Rounds:Best:By is evaluator and Rounds:Evaluators is 0, so that nobody would measure: "
                + "expect an evaluator, or let Rounds:Best:By be agents.";
        }

        if (By == MeasuredBy.Agents && options.Privacy is not null)
        {
            yield return "Rounds:Best:By is agents in a private run; which round is chosen would tell of held-out data that no noise protects: "
                + "it must be evaluator.";
        }
    }

    private IEnumerable<string> StrategyProblems(CoordinatorOptions options)
    {
        foreach (string strategy in options.Aggregation.StrategyNames().Where(StrategyRegistry.Names.Contains))
        {
            TaskNeeds needs = StrategyRegistry.NeedsOf(strategy, 1);
            if (Keep && needs.FoldsIntoBase)
            {
                yield return $"Rounds:Best:Keep is best and Aggregation:Strategy \"{strategy}\"; it folds into the base weights in every round, "
                    + "and an adapter of an earlier round means nothing on the newest of them.";
            }

            if (Keep && needs.KeepB)
            {
                yield return $"Rounds:Best:Keep is best and Aggregation:Strategy \"{strategy}\"; each agent keeps its newest B, "
                    + "and the shared factors of an earlier round are not made for it.";
            }
        }

        if (Keep && options.Training.PersonalHead)
        {
            yield return "Rounds:Best:Keep is best and Training:PersonalHead is true; each agent keeps its newest head, "
                + "and the shared factors of an earlier round are not made for it.";
        }
    }
}
