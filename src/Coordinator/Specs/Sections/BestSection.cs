using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>Which round's model is the run's, and when rounds that bring nothing better end it: <c>rounds.keep</c> and <c>best</c>.</summary>
internal static class BestSection
{
    private static readonly BestModelOptions Standard = new();

    public static readonly Setting<bool> Keep = new(
        "rounds.keep",
        "Which round's adapter is the run's: the newest, or the best one by what section best says.",
        "Rounds:Best:Keep",
        new ChoiceType<bool>([("newest", false), ("best", true)]),
        Standard.Keep);

    public static readonly Setting<ModelMetric> Metric = new(
        "best.metric",
        "By what models are compared, on held-out data; of equal ones the earliest is best.",
        "Rounds:Best:Metric",
        new ChoiceType<ModelMetric>([("loss", ModelMetric.Loss), ("accuracy", ModelMetric.Accuracy)]),
        Standard.Metric);

    public static readonly Setting<MeasuredBy?> By = new(
        "best.by",
        "Whose figures count: the evaluators' or, weighted by their held-out examples, the agents'. "
        + "Without it: the evaluators' where some are expected.",
        "Rounds:Best:By",
        new OptionalChoiceType<MeasuredBy>(new([("evaluator", MeasuredBy.Evaluator), ("agents", MeasuredBy.Agents)])),
        null);

    public static readonly Setting<int?> Patience = new(
        "best.patience",
        "The run ends after so many measured rounds without a better model. Without it: it does all its rounds.",
        "Rounds:Best:Patience",
        new OptionalWholeType(new(1, 10_000, "rounds")),
        null);

    public static readonly Setting<double> MinDelta = new(
        "best.minDelta",
        "Only what is better by more than this renews the patience.",
        "Rounds:Best:MinDelta",
        new NumberType(0, 1e6),
        Standard.MinDelta);

    public static SpecSectionSettings Section { get; } = new(
        "best", "By what models of rounds are compared, with rounds.keep: best, and when they end the run early.", [Metric, By, Patience, MinDelta]);

    /// <returns>Null: nothing follows from how good models are.</returns>
    public static BestModelOptions? Read(SettingValues values)
    {
        if (!values.Has(Patience))
        {
            values.RefuseIdle("without best.patience, so that the run does all its rounds; give best.patience as well, or leave it out", MinDelta);
        }

        if (!values.Of(Keep) && !values.Has(Patience))
        {
            values.RefuseIdle(
                "without rounds.keep best or best.patience, so that nothing follows from it; give one of them, or leave it out", Metric, By);
            return null;
        }

        return Standard with
        {
            Keep = values.Of(Keep),
            Metric = values.Of(Metric),
            By = values.Of(By) ?? (values.Of(TopSection.Evaluators) > 0 ? MeasuredBy.Evaluator : MeasuredBy.Agents),
            Patience = values.Of(Patience),
            MinDelta = values.Of(MinDelta),
        };
    }
}
