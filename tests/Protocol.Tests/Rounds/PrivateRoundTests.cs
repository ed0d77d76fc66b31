using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>The round machine where who takes part is drawn.</summary>
public sealed class PrivateRoundTests
{
    private static readonly RoundRules Drawing = Rules.Plain with { SamplingRate = 0.5, Quorum = 0.7 };
    private static readonly string[] Ten = [.. Enumerable.Range(0, 10).Select(i => $"agent-{i}")];

    // The draw of this secret: half of ten, which the first test checks.
    private static readonly Round Planned = Round.Plan(1, needed: 10, deadline: 500, typicalTaskMs: 0, Ten) with { SamplingKey = KnownSecrets.Of("rounds")(SecretUse.Sampling, 1) };

    [Fact]
    public void It_asks_those_that_are_drawn_wants_all_of_them_and_needs_a_quorum_of_them()
    {
        Round round = Open();

        Assert.Equal(PoissonSampling.Draw(Planned.SamplingKey, 0.5, Ten), round.Tasks.Keys);
        Assert.InRange(round.Tasks.Count, 4, 6);
        Assert.Equal((round.Tasks.Count, (int)Math.Ceiling(0.7 * round.Tasks.Count)), (round.Goal, round.Quorum));
    }

    [Fact]
    public void Nobody_is_asked_in_the_place_of_one_that_drops_out_nor_who_comes_later()
    {
        Round round = Open();
        string gone = round.Tasks.Keys.First();

        Round after = Apply(Apply(round, new RoundInput.AgentGone(gone, "Bye"), 10), new RoundInput.AgentAvailable("late-comer", null, true), 20);

        Assert.Equal(round.Tasks.Keys, after.Tasks.Keys);
        Assert.Equal(TaskState.Lost, after.Tasks[gone].State);
    }

    [Fact]
    public void With_nobody_drawn_it_is_frozen_at_once_with_nothing_in_it()
    {
        RoundRules hardly = Drawing with { SamplingRate = 1e-9 };

        RoundStep step = RoundMachine.Apply(Planned, new RoundInput.Tick(), 0, hardly);

        Assert.Equal((RoundState.Frozen, 0, 0), (step.Round.State, step.Round.Tasks.Count, step.Round.Quorum));
        Assert.Single(step.Decisions.OfType<RoundDecision.Freeze>());
    }

    [Fact]
    public void Agents_whose_result_is_refused_or_whose_training_fails_count_towards_the_quorum()
    {
        Round round = Open();
        string[] drawn = [.. round.Tasks.Keys];
        round = Apply(round, new RoundInput.ResultRefused(drawn[0], "Invalid"), 10);
        round = Apply(round, new RoundInput.TaskBroke(drawn[1], 1, Retryable: false, "Diverged"), 20);
        foreach (string agent in drawn[2..])
        {
            Assert.True(round.IsOpen);
            round = Apply(round, new RoundInput.ResultCounted(agent), 30);
        }

        Assert.Equal((RoundState.Frozen, drawn.Length - 2), (round.State, round.Done));
    }

    [Fact]
    public void Agents_that_are_silent_or_decline_do_not()
    {
        Round opened = Open();
        Round round = opened;
        foreach (string agent in round.Tasks.Keys)
        {
            round = Apply(round, new RoundInput.TaskRefused(agent, 1, "Battery"), 10);
        }

        Assert.Equal((RoundState.Collecting, 0), (round.State, round.Answered(Drawing)));
        Assert.Equal((opened.Goal, opened.Quorum), (round.Goal, round.Quorum));
    }

    /// <summary>
    /// When one agent answers must not decide whether another's result counts: there is no grace that starts with a result, only deadlines.
    /// </summary>
    [Fact]
    public void It_waits_for_those_at_work_until_the_deadline_whenever_the_others_answered()
    {
        RoundRules patient = Drawing with { LeaseGraceMs = 10_000 };
        Round round = Open(patient);
        string[] drawn = [.. round.Tasks.Keys];
        round = drawn.Aggregate(round, (current, agent) => Apply(current, new RoundInput.TaskTaken(agent, 1), 5, patient));
        round = drawn[1..].Aggregate(round, (current, agent) => Apply(current, new RoundInput.ResultCounted(agent), 10, patient));

        Round waiting = Apply(round, new RoundInput.Tick(), patient.SoftDeadlineMs - 1, patient);
        Round closed = Apply(waiting, new RoundInput.Tick(), patient.SoftDeadlineMs, patient);

        Assert.True(round.Answered(patient) >= round.Quorum);
        Assert.Equal(patient.SoftDeadlineMs, waiting.NextTimer(patient.SoftDeadlineMs - 1, patient));
        Assert.Equal((RoundState.Collecting, RoundState.Frozen), (waiting.State, closed.State));
    }

    private static Round Open(RoundRules? rules = null) => Apply(Planned, new RoundInput.Tick(), 0, rules);

    private static Round Apply(Round round, RoundInput input, long now, RoundRules? rules = null) =>
        RoundMachine.Apply(round, input, now, rules ?? Drawing).Round;
}
