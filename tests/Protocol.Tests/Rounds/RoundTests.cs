using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>What a round tells of itself: when time alone will change it, what is worth a write to disk, and how long its tasks took.</summary>
public sealed class RoundTests
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    [Fact]
    public void It_names_the_next_moment_at_which_time_alone_changes_it()
    {
        RoundRules patient = Rules.Plain with { LeaseGraceMs = 10_000 };
        Round planned = Round.Plan(1, needed: 5, deadline: 500, typicalTaskMs: 0, Five[..4]);
        Round open = Apply(Apply(planned, new RoundInput.AgentHeard("e"), 30), new RoundInput.Tick(), 30);
        Round working = Five.Aggregate(open, (round, agent) => Apply(round, new RoundInput.TaskTaken(agent, 1), 100));
        working = Apply(working, new RoundInput.Tick(), 130);
        Round atEase = Five.Aggregate(open, (round, agent) => Apply(round, new RoundInput.TaskTaken(agent, 1), 100, patient));
        atEase = Apply(atEase, new RoundInput.Tick(), 130, patient);
        Round quorum = Five[..3].Aggregate(atEase, (round, agent) => Apply(round, new RoundInput.ResultCounted(agent), 140, patient));
        Round lateQuorum = Five[..3].Aggregate(atEase, (round, agent) => Apply(round, new RoundInput.ResultCounted(agent), 980, patient));

        Assert.Equal((RoundState.Planned, 500), (planned.State, planned.NextTimer(0, Rules.Plain)));
        Assert.Equal((RoundState.Offering, 130), (open.State, open.NextTimer(30, Rules.Plain))); // the offers run out
        Assert.Equal((RoundState.Collecting, 300), (working.State, working.NextTimer(130, Rules.Plain))); // the leases do
        Assert.Equal(440, quorum.NextTimer(140, patient)); // the grace after the last result
        Assert.Equal(1030, lateQuorum.NextTimer(980, patient)); // the soft deadline
        Assert.Equal(2030, Gone(working).NextTimer(150, Rules.Plain)); // nobody is at work: the hard deadline
    }

    [Fact]
    public void Where_too_few_of_those_that_are_there_answer_it_names_the_moment_of_another_try()
    {
        RoundRules rules = Rules.Plain with { StartTimeoutMs = 500 };
        Round planned = Round.Plan(
            2, needed: 5, deadline: 600, typicalTaskMs: 0, Five, standings: [KeyValuePair.Create("e", AgentStanding.Unanswering)]);

        // It waits 500 ms of the deadline at 600, and offers run out after 100.
        Assert.Equal(200, planned.NextTimer(150, rules));
        Assert.Equal(RoundState.Offering, Apply(planned, new RoundInput.Tick(), 200, rules).State);
        // Nobody may be asked yet, or too few are there: whatever changes that is an event, and no moment that has passed is named again.
        Assert.Equal(600, (planned with { Granted = [] }).NextTimer(200, rules));
        Assert.Equal(600, (planned with { Needed = 6 }).NextTimer(150, rules));
    }

    [Theory]
    [InlineData(nameof(RoundState.Planned), true)]
    [InlineData(nameof(RoundState.Offering), true)]
    [InlineData(nameof(RoundState.Collecting), true)]
    [InlineData(nameof(RoundState.Frozen), false)]
    [InlineData(nameof(RoundState.Aggregating), false)]
    [InlineData(nameof(RoundState.Committed), false)]
    [InlineData(nameof(RoundState.Skipped), false)]
    public void Its_inputs_are_open_until_it_is_frozen(string state, bool isBeforeFreeze) => Assert.Equal(
        isBeforeFreeze,
        (Round.Plan(1, needed: 5, deadline: 500, typicalTaskMs: 0, Five) with { State = Enum.Parse<RoundState>(state) }).IsBeforeFreeze);

    [Fact]
    public void Only_what_a_successor_must_know_is_worth_storing()
    {
        Round open = Apply(Round.Plan(1, needed: 5, deadline: 500, typicalTaskMs: 0, Five), new RoundInput.Tick(), 0);
        Round taken = Apply(open, new RoundInput.TaskTaken("a", 1), 10);
        Round counted = Apply(taken, new RoundInput.ResultCounted("a"), 20);
        Round frozen = Five.Aggregate(open, (round, agent) => Apply(round, new RoundInput.ResultCounted(agent), 10));
        Round begun = Apply(frozen, new RoundInput.AggregationBegun(), 20);

        Assert.True(taken.IsWorthStoringAfter(open));
        Assert.False(Apply(taken, new RoundInput.TaskHeard("a", 1), 15).IsWorthStoringAfter(taken));
        Assert.False(Apply(open, new RoundInput.AgentSilent("b"), 15).IsWorthStoringAfter(open));
        Assert.True(counted.IsWorthStoringAfter(taken));
        Assert.True(begun.IsWorthStoringAfter(frozen));
        Assert.True(Apply(begun, new RoundInput.AggregationBegun(), 30).IsWorthStoringAfter(begun));
        Assert.True(Apply(begun, new RoundInput.Aggregated(), 30).IsWorthStoringAfter(begun));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70, 70)]
    [InlineData(70, 10, 70, 300)]
    [InlineData(70, 10, 20, 70, 300)]
    public void The_median_length_of_a_task_is_from_its_offer_to_its_result(long median, params int[] lengths)
    {
        Round round = Apply(Round.Plan(1, needed: 5, deadline: 500, typicalTaskMs: 0, Five), new RoundInput.Tick(), 40);
        foreach ((string agent, int length) in Five.Zip(lengths))
        {
            round = Apply(round, new RoundInput.ResultCounted(agent), 40 + length);
        }

        Assert.Equal(median, round.MedianTaskMs);
    }

    [Fact]
    public void The_round_starts_from_where_agents_stand_and_one_that_says_hello_later_adds_itself()
    {
        Round planned = Round.Plan(
            1, needed: 3, deadline: 500, typicalTaskMs: 0, ["a", "b"],
            standings: [KeyValuePair.Create("a", AgentStanding.Proven), KeyValuePair.Create("b", AgentStanding.Benched)]);

        Round hello = Apply(planned, new RoundInput.AgentAvailable("c", null, true) { Standing = AgentStanding.Unanswering }, 10);
        Round again = Apply(hello, new RoundInput.AgentAvailable("c", null, true) { Standing = AgentStanding.Benched }, 20);

        Assert.Equal((AgentStanding.Proven, AgentStanding.Benched), (planned.StandingOf("a"), planned.StandingOf("b")));
        Assert.Equal(AgentStanding.Unanswering, hello.StandingOf("c"));
        Assert.Equal(AgentStanding.Unanswering, again.StandingOf("c"));
        Assert.Equal(RoundState.Planned, again.State);
    }

    private static Round Gone(Round round) => Five.Aggregate(round, (open, agent) => Apply(open, new RoundInput.AgentGone(agent, "Bye"), 150));

    private static Round Apply(Round round, RoundInput input, long now, RoundRules? rules = null) =>
        RoundMachine.Apply(round, input, now, rules ?? Rules.Plain).Round;
}
