using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Tests.Specs;

/// <summary>What a spec says about the best round, early ends and measuring at the end.</summary>
public sealed class BestSectionTests
{
    [Fact]
    public void A_spec_that_says_nothing_of_it_keeps_the_newest_round_and_stops_at_none()
    {
        RoundOptions rounds = SpecTexts.Spec("labels: [a, b]").Rounds;

        Assert.Equal((null, null), (rounds.Best, rounds.FinalMeasure));
    }

    [Theory]
    [InlineData("evaluators: 1\n", MeasuredBy.Evaluator)]
    [InlineData("", MeasuredBy.Agents)]
    public void Without_a_word_on_it_evaluators_measure_where_some_are_expected(string evaluators, MeasuredBy by) => Assert.Equal(
        new BestModelOptions { Keep = true, By = by }, SpecTexts.Spec($"labels: [a, b]\n{evaluators}rounds: {{keep: best}}").Rounds.Best);

    [Fact]
    public void Everything_can_be_said() => Assert.Equal(
        new BestModelOptions { Keep = true, Metric = ModelMetric.Accuracy, By = MeasuredBy.Agents, Patience = 3, MinDelta = 0.01 },
        SpecTexts.Spec("labels: [a, b]\nrounds: {keep: best}\nbest: {metric: accuracy, by: agents, patience: 3, minDelta: 0.01}").Rounds.Best);

    [Theory]
    [InlineData("rounds: {keep: last}", "spec.yaml:2:16: rounds.keep is last; it must be one of newest, best")]
    [InlineData("best: {patience: 0}", "spec.yaml:2:18: best.patience is 0; it must be a whole number, 1 … 10000 rounds")]
    [InlineData(
        "best: {metric: loss}",
        "spec.yaml:2:16: best.metric is given without rounds.keep best or best.patience, so that nothing follows from it; give one of them, or leave "
        + "it out")]
    [InlineData(
        "rounds: {keep: best}\nbest: {minDelta: 0.1}",
        "spec.yaml:3:18: best.minDelta is given without best.patience, so that the run does all its rounds; give best.patience as well, or leave it "
        + "out")]
    [InlineData(
        "best: {patience: 2, by: evaluator}",
        "spec.yaml:2:25: best.by is evaluator and evaluators is 0, so that nobody would measure: expect an evaluator, or let best.by be agents")]
    [InlineData(
        "best: {patience: 2, by: agents}\nprivacy: {noise: 1, clip: 1, budget: 50, delta: 1e-5}\naggregation: {strategy: FfaLora}",
        "spec.yaml:2:25: best.by is agents in a private run; which round is chosen would tell of held-out data that no noise protects: it must be "
        + "evaluator")]
    [InlineData(
        "rounds: {keep: best}\naggregation: {strategy: FloraStack}",
        "spec.yaml:2:16: rounds.keep is best and aggregation.strategy \"FloraStack\"; it folds into the base weights in every round, and an adapter "
        + "of an earlier round means nothing on the newest of them")]
    [InlineData(
        "rounds: {keep: best}\naggregation: {strategy: FedSaLora}",
        "spec.yaml:2:16: rounds.keep is best and aggregation.strategy \"FedSaLora\"; each agent keeps its newest B, and the shared factors of an "
        + "earlier round are not made for it")]
    [InlineData(
        "rounds: {keep: best}\ntraining: {personalHead: true}",
        "spec.yaml:2:16: rounds.keep is best and training.personalHead is true; each agent keeps its newest head, and the shared factors of an "
        + "earlier round are not made for it")]
    [InlineData(
        "rounds: {finalMeasure: true}\nprivacy: {noise: 1, clip: 1, budget: 50, delta: 1e-5}\naggregation: {strategy: FfaLora}",
        "spec.yaml:2:24: rounds.finalMeasure is true in a private run; what agents measure on held-out data no noise protects: it must be false")]
    public void A_mistake_is_told_with_its_place(string text, string mistake) =>
        Assert.Equal([mistake], SpecTexts.Mistakes($"labels: [a, b]\n{text}"));

    [Fact]
    public void A_language_model_has_no_accuracy_to_go_by() => Assert.Equal(
        ["spec.yaml:2:29: best.metric is accuracy; a language model has none: it must be loss"],
        SpecTexts.Mistakes("task: lm\nbest: {patience: 2, metric: accuracy}"));
}
