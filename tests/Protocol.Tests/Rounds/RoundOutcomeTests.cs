using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>What becomes of a round once its inputs are frozen.</summary>
public sealed class RoundOutcomeTests
{
    private static readonly string[] Two = ["a", "b"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_frozen_round_ends_with_its_model_however_often_its_aggregation_was_begun(int begun)
    {
        RoundStep step = RoundMachine.Apply(Frozen(begun), new RoundInput.Aggregated(), 60, Rules.Plain);

        Assert.Equal(RoundState.Committed, step.Round.State);
        Assert.IsType<RoundDecision.Committed>(Assert.Single(step.Decisions));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_failed_aggregation_ends_it_without_one_and_says_why(int begun)
    {
        RoundStep step = RoundMachine.Apply(Frozen(begun), new RoundInput.AggregationFailed("no memory"), 60, Rules.Plain);

        Assert.Equal(RoundState.Skipped, step.Round.State);
        Assert.Equal("no memory", Assert.IsType<RoundDecision.Skipped>(Assert.Single(step.Decisions)).Reason);
    }

    [Fact]
    public void It_is_known_how_often_an_aggregation_was_begun()
    {
        Assert.Equal((RoundState.Frozen, 0), (Frozen(0).State, Frozen(0).Aggregations));
        Assert.Equal((RoundState.Aggregating, 1), (Frozen(1).State, Frozen(1).Aggregations));
        Assert.Equal((RoundState.Aggregating, 2), (Frozen(2).State, Frozen(2).Aggregations));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_aggregation_has_its_time_from_the_freeze_and_the_round_says_how_long_that_was(int begun)
    {
        Round frozen = Frozen(begun);
        RoundStep late = RoundMachine.Apply(frozen, new RoundInput.Tick(), 5050, Rules.Plain);

        Assert.Equal((50, 5050), (frozen.FrozenAt, frozen.HardDeadline));
        Assert.Equal(frozen.State, RoundMachine.Apply(frozen, new RoundInput.Tick(), 5049, Rules.Plain).Round.State);
        Assert.Equal("aggregation took longer than 5000 ms", Assert.IsType<RoundDecision.Skipped>(Assert.Single(late.Decisions)).Reason);
    }

    [Fact]
    public void Before_the_freeze_news_of_an_aggregation_changes_nothing()
    {
        Round open = Open();
        RoundInput[] early = [new RoundInput.AggregationBegun(), new RoundInput.Aggregated(), new RoundInput.AggregationFailed("early")];

        Assert.All(early, input =>
        {
            RoundStep step = RoundMachine.Apply(open, input, 10, Rules.Plain);
            Assert.Equal((open.State, 0), (step.Round.State, step.Round.Aggregations));
            Assert.Empty(step.Decisions);
        });
    }

    [Fact]
    public void After_the_freeze_nothing_that_agents_say_changes_what_counts()
    {
        RoundRules hasty = Rules.Plain with { Quorum = 0.5, StragglerGraceMs = 0 };
        Round frozen = RoundMachine.Apply(Open(hasty), new RoundInput.ResultCounted("a"), 50, hasty).Round;
        RoundInput[] late =
        [
            new RoundInput.ResultCounted("b"), new RoundInput.ResultRefused("a", "Invalid"), new RoundInput.TaskTaken("b", 1),
            new RoundInput.TaskBroke("b", 1, Retryable: true, "Diverged"), new RoundInput.AgentAvailable("b", 1, NewProcess: false),
            new RoundInput.AgentGone("b", "Bye"),
        ];

        Assert.Equal(RoundState.Frozen, frozen.State);
        Assert.All(late, input =>
        {
            RoundStep step = RoundMachine.Apply(frozen, input, 60, hasty);
            Assert.Equal(frozen.Tasks, step.Round.Tasks);
            Assert.Empty(step.Decisions);
        });
    }

    [Fact]
    public void What_is_over_stays_as_it_is()
    {
        Round over = RoundMachine.Apply(Frozen(1), new RoundInput.Aggregated(), 60, Rules.Plain).Round;

        RoundStep step = RoundMachine.Apply(over, new RoundInput.AggregationFailed("late"), 99_999, Rules.Plain);

        Assert.Equal(RoundState.Committed, step.Round.State);
        Assert.Empty(step.Decisions);
        Assert.Null(step.Round.NextTimer(99_999, Rules.Plain));
    }

    private static Round Open(RoundRules? rules = null) => RoundMachine.Apply(
        Round.Plan(1, needed: 2, deadline: 500, typicalTaskMs: 0, Two), new RoundInput.Tick(), 0, rules ?? Rules.Plain).Round;

    private static Round Frozen(int begun)
    {
        Round round = Two.Aggregate(Open(), (open, agent) => RoundMachine.Apply(open, new RoundInput.ResultCounted(agent), 50, Rules.Plain).Round);
        return Enumerable.Repeat(new RoundInput.AggregationBegun(), begun).Aggregate(
            round, (frozen, input) => RoundMachine.Apply(frozen, input, 55, Rules.Plain).Round);
    }
}
