using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>Whom a round counts on: agents that show work, not those that only say hello, and nobody who is silent.</summary>
public sealed class WorkingAgentsTests
{
    private static readonly RoundRules TwoNeeded = Rules.Plain with { Quorum = 0.7, MinResults = 2 };

    private static readonly string[] Honest = ["a", "b", "c", "d"];

    private static readonly string[] Idle = [.. Enumerable.Range(0, 20).Select(i => $"idle-{i:D2}")];

    [Fact]
    public void Agents_that_never_answer_leave_goal_and_quorum_when_their_offers_have_run_out()
    {
        Round round = WithResults(Working(Open(1, AgentStanding.New), Honest), Honest);

        Round before = Apply(round, new RoundInput.Tick(), 99);
        Round after = Apply(before, new RoundInput.Tick(), 100);

        Assert.Equal((24, 17, RoundState.Offering), (before.Goal, before.Quorum, before.State));
        Assert.Equal((4, 3, RoundState.Frozen), (after.Goal, after.Quorum, after.State));
    }

    [Fact]
    public void Those_whose_last_offers_went_unanswered_are_asked_again_but_not_counted_on()
    {
        Round open = Open(2, AgentStanding.Unanswering);
        Round done = WithResults(Working(open, Honest), Honest);

        Assert.Equal((24, 4, 3), (open.Tasks.Count, open.Goal, open.Quorum));
        Assert.Equal(RoundState.Frozen, done.State);
    }

    [Fact]
    public void As_many_that_have_shown_work_as_are_needed_are_enough_to_count_on()
    {
        Round round = Apply(Planned(needed: 4), new RoundInput.Tick(), 0);
        Round one = Apply(Planned(needed: 5), new RoundInput.Tick(), 0);

        Assert.Equal((RoundState.Offering, 24, 4), (round.State, round.Tasks.Count, round.Goal));
        // Too few answer: the others get another try, but not at once.
        Assert.Equal(RoundState.Planned, one.State);
    }

    [Fact]
    public void Besides_those_it_counts_on_a_round_asks_no_more_others_than_it_wants_results()
    {
        RoundRules two = TwoNeeded with { AgentsPerRound = 2 };
        Round round = RoundMachine.Apply(Planned(needed: 2), new RoundInput.Tick(), 0, two).Round;
        string[] idle = [.. round.Tasks.Keys.Except(Honest)];

        Assert.Equal((2, 4), (round.Goal, round.Tasks.Count));
        Assert.Equal(AgentSelection.Order(two.Seed, 1, Idle).Take(2).Order(), idle);
        Assert.All(idle, agent => Assert.False(round.Tasks[agent].Counts));
    }

    [Fact]
    public void The_quorum_follows_what_the_run_needs_also_where_the_goal_stays()
    {
        RoundRules all = TwoNeeded with { MinResults = 4 };
        Round open = RoundMachine.Apply(Planned(needed: 2), new RoundInput.Tick(), 0, all).Round;

        Round settled = RoundMachine.Apply(open, new RoundInput.Tick(), 10, all).Round;

        Assert.Equal((4, 4), (settled.Goal, settled.Quorum));
    }

    [Fact]
    public void One_that_declines_leaves_the_goal_also_where_the_quorum_stays()
    {
        Round open = OpenHonest();

        Round declined = Apply(open, new RoundInput.TaskRefused("a", 1, "Busy"), 10);

        Assert.Equal((4, 3, 3, 3), (open.Goal, open.Quorum, declined.Goal, declined.Quorum));
    }

    [Fact]
    public void One_that_takes_its_task_is_counted_on_from_then_on()
    {
        Round open = Working(Open(2, AgentStanding.Unanswering), "idle-03");
        Round gone = Apply(open, new RoundInput.AgentGone("idle-03", "Bye"), 20);

        Assert.Equal(5, open.Goal);
        // It took the task: its result is missed.
        Assert.Equal(5, gone.Goal);
    }

    [Fact]
    public void One_that_takes_task_after_task_and_gives_no_result_is_counted_on_once_it_gives_one()
    {
        Round open = Working(Open(3, AgentStanding.Benched), [.. Honest, .. Idle]);
        Round given = WithResults(open, "idle-03");

        Assert.Equal(4, open.Goal);
        Assert.Equal(5, given.Goal);
        Assert.Equal(RoundState.Frozen, WithResults(given, Honest).State);
    }

    [Fact]
    public void The_quorum_never_falls_below_what_the_run_needs_however_few_answer()
    {
        Round round = WithResults(Working(Open(1, AgentStanding.New), "a"), "a");

        Round after = Apply(round, new RoundInput.Tick(), 100);

        Assert.Equal((2, 2, RoundState.Collecting), (after.Goal, after.Quorum, after.State));
    }

    [Fact]
    public void Where_results_are_missing_those_that_are_there_are_offered_again_what_they_left_unanswered()
    {
        Round silent = Apply(Working(OpenHonest(), "a"), new RoundInput.AgentSilent("d"), 50);

        RoundStep again = RoundMachine.Apply(silent, new RoundInput.Tick(), 100, TwoNeeded);
        Round taken = Apply(again.Round, new RoundInput.TaskTaken("b", 2), 110);

        Assert.Equal(["b", "c"], again.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task.Agent).Order());
        Assert.Equal((TaskState.Offered, 2, 2), (again.Round.Tasks["b"].State, again.Round.Tasks["b"].LeaseEpoch, again.Round.Tasks["b"].Attempt));
        Assert.Equal(TaskState.Lost, again.Round.Tasks["d"].State);
        // Not counted on until they take it.
        Assert.Equal((2, 2), (again.Round.Goal, taken.Goal));
        Assert.Equal(RoundState.Frozen, WithResults(taken, "a", "b").State);
    }

    [Fact]
    public void Others_that_are_there_are_asked_before_those_that_left_it_unanswered()
    {
        RoundRules one = TwoNeeded with { AgentsPerRound = 1, MinResults = 1 };
        Round round = Round.Plan(1, needed: 1, deadline: 500, typicalTaskMs: 0, ["a", "b"]);
        round = RoundMachine.Apply(round, new RoundInput.Tick(), 0, one).Round;
        string first = Assert.Single(round.Tasks.Keys);

        RoundStep spare = RoundMachine.Apply(round, new RoundInput.Tick(), 100, one);
        RoundStep again = RoundMachine.Apply(spare.Round, new RoundInput.Tick(), 200, one);

        Assert.NotEqual(first, Assert.Single(spare.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
        Assert.Equal(["a", "b"], again.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task.Agent).Order());
    }

    [Fact]
    public void Nobody_is_offered_again_where_no_result_is_missing_or_the_attempts_are_used_up()
    {
        Round round = Working(OpenHonest(), "a");
        int asked = 0;
        for (int now = 100; now < 500; now += 100)
        {
            RoundStep step = RoundMachine.Apply(round, new RoundInput.Tick(), now, TwoNeeded);
            asked += step.Decisions.OfType<RoundDecision.SendOffer>().Count();
            round = step.Round;
        }

        RoundRules two = TwoNeeded with { AgentsPerRound = 2, OverSelection = 2 };
        Round enough = Round.Plan(1, needed: 4, deadline: 500, typicalTaskMs: 0, Honest);
        RoundInput[] inputs = [new RoundInput.Tick(), new RoundInput.TaskTaken("a", 1), new RoundInput.TaskTaken("b", 1)];
        enough = inputs.Aggregate(enough, (open, input) => RoundMachine.Apply(open, input, 0, two).Round);

        Assert.Equal(3 * (TwoNeeded.MaxAttempts - 1), asked);
        Assert.Equal(4, enough.Tasks.Count);
        Assert.Empty(RoundMachine.Apply(enough, new RoundInput.Tick(), 100, two).Decisions.OfType<RoundDecision.SendOffer>());
    }

    [Fact]
    public void A_round_is_not_opened_for_agents_that_do_not_answer_until_they_get_another_try()
    {
        RoundRules rules = TwoNeeded with { StartTimeoutMs = 500 };
        Round planned = Round.Plan(
            2,
            needed: 2,
            deadline: 500,
            typicalTaskMs: 0,
            Idle,
            standings: Idle.Select(agent => KeyValuePair.Create(agent, AgentStanding.Unanswering)));

        Round waiting = RoundMachine.Apply(planned, new RoundInput.Tick(), 99, rules).Round;

        Assert.Equal(RoundState.Planned, waiting.State);
        Assert.Equal(RoundState.Offering, RoundMachine.Apply(waiting, new RoundInput.Tick(), 100, rules).Round.State);
    }

    [Fact]
    public void With_the_quorum_in_nobody_waits_for_an_agent_that_missed_two_heartbeats()
    {
        Round round = WithResults(Working(OpenHonest(), Honest), "a", "b", "c");

        RoundStep silent = RoundMachine.Apply(round, new RoundInput.AgentSilent("d"), 50, TwoNeeded);

        Assert.Equal(RoundState.Collecting, round.State);
        Assert.Equal(RoundState.Frozen, silent.Round.State);
        Assert.Equal((TaskState.Lost, "Silent"), (silent.Round.Tasks["d"].State, silent.Round.Tasks["d"].EndCode));
    }

    [Fact]
    public void Without_the_quorum_a_silent_agents_lease_lives_on_and_its_late_return_counts()
    {
        Round silent = Apply(Working(OpenHonest(), Honest), new RoundInput.AgentSilent("d"), 50);
        Round back = WithResults(silent, "d");

        Assert.Equal((RoundState.Collecting, TaskState.Accepted), (silent.State, silent.Tasks["d"].State));
        Assert.Equal(TaskState.Done, back.Tasks["d"].State);
    }

    [Fact]
    public void A_silent_agent_is_offered_nothing_until_it_is_heard()
    {
        Round silent = Apply(Round.Plan(2, needed: 4, deadline: 500, typicalTaskMs: 0, Honest), new RoundInput.AgentSilent("d"), 0);
        Round opened = Apply(silent with { Needed = 3 }, new RoundInput.Tick(), 10);
        Round heard = Apply(opened, new RoundInput.AgentHeard("d"), 20);

        Assert.Equal(RoundState.Planned, silent.State);
        Assert.Equal(["a", "b", "c"], opened.Tasks.Keys);
        Assert.Equal(["a", "b", "c"], heard.Tasks.Keys);
        Assert.Contains("d", Apply(heard, new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 30).Tasks.Keys);
    }

    [Fact]
    public void A_message_about_one_task_looks_at_no_other()
    {
        Round round = Working(OpenHonest(), Honest);
        round = Apply(round, new RoundInput.Tick(), 10);
        long checkedUntil = round.LeaseCheckAt;

        Round heard = Apply(round, new RoundInput.TaskHeard("b", 1), 99);

        // Had the leases been looked at, the next look would be due later.
        Assert.Equal(checkedUntil, heard.LeaseCheckAt);
        Assert.Equal(["b"], heard.Changed);
    }

    [Fact]
    public void Tallies_agree_with_the_tasks_they_count()
    {
        Round round = WithResults(Working(Open(2, AgentStanding.Unanswering), "a", "b", "idle-01"), "a");
        round = Apply(round, new RoundInput.AgentSilent("b"), 30);

        Assert.Equal(round.Tasks.Values.Count(task => task.State == TaskState.Accepted), round.Tally.Accepted);
        Assert.Equal(round.Tasks.Values.Count(task => task.AtWork) - 1, round.Tally.Waited);
        Assert.Equal((round with { Tasks = round.Tasks }).Tally, round.Tally);
    }

    /// <summary>Four agents that have shown work, and twenty that only say hello.</summary>
    private static Round Open(int number, AgentStanding idle) => Apply(
        Round.Plan(
            number, needed: 2, deadline: 500, typicalTaskMs: 0, [.. Honest, .. Idle],
            standings: [.. Idle.Select(agent => KeyValuePair.Create(agent, idle)), .. Honest.Select(
                agent => KeyValuePair.Create(agent, number == 1 ? AgentStanding.New : AgentStanding.Proven))]),
        new RoundInput.Tick(),
        0);

    /// <summary>Four agents that have shown work, and twenty that did not answer.</summary>
    private static Round Planned(int needed) => Round.Plan(
        1, needed, deadline: 500, typicalTaskMs: 0, [.. Honest, .. Idle],
        standings: Idle.Select(agent => KeyValuePair.Create(agent, AgentStanding.Unanswering)));

    private static Round OpenHonest() => Apply(Round.Plan(1, needed: 4, deadline: 500, typicalTaskMs: 0, Honest), new RoundInput.Tick(), 0);

    private static Round Working(Round round, params string[] agents) =>
        agents.Aggregate(round, (working, agent) => Apply(working, new RoundInput.TaskTaken(agent, 1), 10));

    private static Round WithResults(Round round, params string[] agents) =>
        agents.Aggregate(round, (working, agent) => Apply(working, new RoundInput.ResultCounted(agent), 20));

    private static Round Apply(Round round, RoundInput input, long now) => RoundMachine.Apply(round, input, now, TwoNeeded).Round;
}
