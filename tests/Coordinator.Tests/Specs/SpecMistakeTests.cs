namespace EdgeFlora.Coordinator.Tests.Specs;

/// <summary>What is wrong with a spec is told with its place and with what would be right.</summary>
public sealed class SpecMistakeTests
{
    [Fact]
    public void Ten_mistakes_give_ten_messages_in_the_order_of_the_lines()
    {
        const string Wrong = """
            name: ""
            tsk: lm
            labels: [spam, ham, spam]
            rounds:
              count: 0
              count: 5
            agents: {min: two, selector: "site on a"}
            deadlines: {soft: 2h, hard: 90m}
            training:
              learningRate: fast
              steps: "80"
            aggregation: {strategy: FedAvg}
            """;

        string[] mistakes = SpecTexts.Mistakes(Wrong);

        Assert.Equal(
            [
                "spec.yaml:1:7: name is ''; it must be a text of 1 … 100 characters",
                "spec.yaml:2:1: 'tsk' is not a setting; did you mean task?",
                "spec.yaml:3:9: labels has 'spam' twice; it must be a list of 2 … 10000 names of classes, all different, of 1 … 200 characters each",
                "spec.yaml:5:10: rounds.count is 0; it must be a whole number, 1 … 10000 rounds",
                "spec.yaml:6:3: rounds.count is given twice (first in line 5); leave one of them out",
                "spec.yaml:7:15: agents.min is two; it must be a whole number, 1 … 100000 agents",
                "spec.yaml:7:30: agents.selector is 'site on a': 'site on a' is no term of a selector; write key=value, key!=value, key in (a, b), "
                + "key notin (a, b), key or !key, separated by commas",
                "spec.yaml:8:29: deadlines.hard is 1h30m, below deadlines.soft (2h); the soft one would never be reached",
                "spec.yaml:10:17: training.learningRate is fast; it must be a number, above 0 … 100",
                "spec.yaml:11:10: training.steps is '80'; it must be a whole number, 1 … 1000000 steps",
                $"spec.yaml:12:25: aggregation.strategy is FedAvg; it must be one of "
                + $"{string.Join(", ", EdgeFlora.Aggregation.Strategies.StrategyRegistry.Names)}",
            ],
            mistakes);
    }

    [Theory]
    [InlineData("labels: [a, b]\ntraning: {steps: 5}", "spec.yaml:2:1: 'traning' is not a setting; did you mean training?")]
    [InlineData("labels: [a, b]\nlearningRate: 1", "spec.yaml:2:1: 'learningRate' is not a setting; did you mean training.learningRate?")]
    [InlineData("labels: [a, b]\nlora: {Rank: 4}", "spec.yaml:2:8: 'lora.Rank' is not a setting; did you mean lora.rank?")]
    [InlineData(
        "labels: [a, b]\nrounds: {colour: 1}",
        "spec.yaml:2:10: 'rounds.colour' is not a setting; rounds has count, late, keep, finalMeasure")]
    [InlineData("labels: [a, b]\nrounds: 5", "spec.yaml:2:9: rounds is 5; it is a section with settings of its own, such as rounds.count")]
    [InlineData("labels: [a, b]\nnote:", "spec.yaml:2:6: note has no value; it must be a text of 1 … 1000 characters, or be left out")]
    [InlineData(
        "name: x",
        "spec.yaml: labels is missing; classification needs a list of 2 … 10000 names of classes, all different, of 1 … 200 characters each (or is "
        + "it task: lm?)")]
    [InlineData(
        "task: lm\nlabels: [a, b]",
        "spec.yaml:2:9: labels has 2 names; a language model has no classes: leave them out, or set task to Classification")]
    [InlineData(
        "labels: [a, b]\ntraining: {nesterov: true}",
        "spec.yaml:2:22: training.nesterov is given beside training.optimiser adamw; it goes with training.optimiser sgd")]
    [InlineData(
        "labels: [a, b]\nrobust: {hostileShare: 0.1}",
        "spec.yaml:2:24: robust.hostileShare is given beside robust.rule clip; it goes with robust.rule multi-krum")]
    [InlineData(
        "labels: [a, b]\nagents: {overSelection: 2}",
        "spec.yaml:2:25: agents.overSelection is given without agents.perRound, so every agent is asked; give agents.perRound as well, or leave it "
        + "out")]
    [InlineData(
        "labels: [a, b]\nprivacy: {noise: 1, clip: 1}",
        "spec.yaml: privacy.budget is missing; a private run needs privacy.noise, privacy.clip and privacy.budget, each a number, above 0 … 1000000")]
    [InlineData(
        "labels: [a, b]\nstartFrom: {round: 2}", "spec.yaml:2:20: startFrom.round is given without startFrom.run; name the run it is a round of")]
    [InlineData(
        "labels: [a, b]\naggregation: {momentum: 0.5, serverStep: fedexp}",
        "spec.yaml:2:25: aggregation.momentum is given beside aggregation.serverStep fedexp, which carries nothing on")]
    [InlineData(
        "labels: [a, b]\naggregation: {serverRate: 1, serverStep: fedexp}",
        "spec.yaml:2:27: aggregation.serverRate is given beside aggregation.serverStep fedexp, which finds its own length")]
    [InlineData(
        "labels: [a, b]\naggregation: {secondMoment: 0.9, serverStep: momentum}",
        "spec.yaml:2:29: aggregation.secondMoment is given beside aggregation.serverStep momentum; it goes with fedadam and fedyogi")]
    [InlineData(
        "labels: [a, b]\naggregation: {serverEpsilon: 0.1}",
        "spec.yaml:2:30: aggregation.serverEpsilon is given beside aggregation.serverStep fixed; it goes with fedexp, fedadam and fedyogi")]
    [InlineData(
        "labels: [a, b]\naggregation: {strategy: FfaLora, serverStep: fedyogi}",
        "spec.yaml:2:46: aggregation.serverStep is fedyogi; it must be fixed or fedexp, and aggregation.momentum 0, with FfaLora: it keeps a factor "
        + "or the base weights from round to round, and what earlier rounds carry on would be read back into other factors")]
    [InlineData(
        "labels: [a, b]\nrounds: {count: 4}\ntraining: {warmupRounds: 4}",
        "spec.yaml:3:26: training.warmupRounds is 4, not below rounds.count (4); no round would have the whole rate")]
    [InlineData(
        "labels: [a, b]\naggregation: {serverStep: fast}",
        "spec.yaml:2:27: aggregation.serverStep is fast; it must be one of fixed, fedexp, momentum, fedadam, fedyogi")]
    [InlineData(
        "labels: [a, b]\nagents: {perRound: 10}",
        "spec.yaml:2:20: agents.min is 2, below the quorum of agents.perRound (7 of 10); the first round could not reach it")]
    [InlineData(
        "labels: [a, b]\ndeadlines: {lease: 90}", "spec.yaml:2:20: deadlines.lease is 90; it must be a time such as 90s, 15m or 1h30m, 1ms … 7d")]
    [InlineData(
        "labels: [a, b]\ntraining: {learningRate: .nan}", "spec.yaml:2:26: training.learningRate is .nan; it must be a number, above 0 … 100")]
    [InlineData("labels: [a, b]\naggregation: {perClassHeads: yes}", "spec.yaml:2:30: aggregation.perClassHeads is yes; it must be true or false")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: some}",
        "spec.yaml:2:14: lora.rank is some; it must be a whole number, 1 … 1024, auto, {min: 2, max: 16} for auto between other bounds, or ranks by "
        + "labels such as {default: 8, by: {\"site=clinic\": 2}}")]
    [InlineData("labels: [a, b]\nlora:\n  rank:\n    min: 8\n    max: 4", "spec.yaml:4:5: lora.rank has min 8 and max 4; min must be below max")]
    [InlineData(
        "labels: [a, b]\nlora:\n  rank:\n    min: 2\n    max: big",
        "spec.yaml:4:5: lora.rank has max big at line 5; it must be a whole number, 1 … 1024")]
    [InlineData(
        "labels: [a, b]\nlora:\n  rank:\n    default: 8\n    by:\n      site=a: 2\n      site on b: 4",
        "spec.yaml:4:5: lora.rank has by 'site on b' at line 7, which is 'site on b': 'site on b' is no term of a selector; write key=value, "
        + "key!=value, key in (a, b), key notin (a, b), key or !key, separated by commas")]
    [InlineData(
        "labels: [a, b]\nlora:\n  rank:\n    default: 8\n    by:\n      site=a: 0",
        "spec.yaml:4:5: lora.rank has 0 for 'site=a' at line 6; it must be a whole number, 1 … 1024")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: {default: 8}}",
        "spec.yaml:2:14: lora.rank has no 'by'; it must be a whole number, 1 … 1024, auto, {min: 2, max: 16} for auto between other bounds, or "
        + "ranks by labels such as {default: 8, by: {\"site=clinic\": 2}}")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: {default: 8, by: {}}}",
        "spec.yaml:2:14: lora.rank has by an empty section at line 2; it must be 1 … 100 selectors of labels, each with a rank, such as "
        + "{\"site=clinic\": 2}")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto}\naggregation: {strategy: FfaLora}",
        "spec.yaml:3:25: aggregation.strategy is FfaLora; it must be one of Auto, FedIT, FlexLora, FloraNA, OptimalRank where agents have different "
        + "ranks")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto}\naggregation: {strategyFor: {\"*.value\": FedSaLora}}",
        "spec.yaml:3:28: aggregation.strategyFor is FedSaLora; it must be one of Auto, FedIT, FlexLora, FloraNA, OptimalRank where agents have "
        + "different ranks")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto}\naggregation: {gauge: anchored}",
        "spec.yaml:3:22: aggregation.gauge is anchored; it must be principal or balanced where agents have different ranks: a lower rank gets the "
        + "first components, which only these two put in order")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto}\nrobust: {rule: multi-krum}",
        "spec.yaml:3:16: robust.rule is multi-krum; it must be none where agents have different ranks: robust rules leave out whoever changes what "
        + "others don't, and few hold the highest components; clipping bounds all of them")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto, variant: dora}",
        "spec.yaml:2:14: lora.rank is not the same for all agents and lora.variant is dora; ranks of their own go with lora and rslora")]
    [InlineData(
        "labels: [a, b]\nlora: {rank: auto}\naggregation: {strategy: FedIT}\nprivacy: {noise: 1, clip: 1, budget: 8}",
        "spec.yaml:2:14: lora.rank is not the same for all agents; with differential privacy it must be: a private sum is divided by a number that "
        + "was fixed beforehand, and how many agents hold the higher components is not")]
    [InlineData("- a\n- b", "spec.yaml:1:1: the spec is a list of 2; it must be settings with their values, such as 'labels: [spam, ham]'")]
    public void A_mistake_is_told_with_its_place_and_what_would_be_right(string text, string mistake) =>
        Assert.Equal([mistake], SpecTexts.Mistakes(text));

    [Fact]
    public void A_wrong_value_is_told_once_and_not_again_by_what_it_contradicts()
    {
        string[] mistakes = SpecTexts.Mistakes("labels: [a, b]\ndeadlines: {soft: soon, hard: 1m}");

        Assert.Equal(["spec.yaml:2:19: deadlines.soft is soon; it must be a time such as 90s, 15m or 1h30m, 1ms … 7d"], mistakes);
    }

    [Theory]
    [InlineData("rounds.count=0", "--set rounds.count=0: rounds.count is 0; it must be a whole number, 1 … 10000 rounds")]
    [InlineData("rounds.cuont=1", "--set rounds.cuont=1: 'rounds.cuont' is not a setting; did you mean rounds.count?")]
    [InlineData("rounds", "--set rounds: it must be SETTING=VALUE, such as rounds.count=5")]
    public void A_mistake_beside_the_file_is_told_as_it_was_typed(string text, string mistake) => Assert.Equal(
        [mistake], SpecTexts.Mistakes("labels: [a, b]", text));
}
