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

    private static Round OpenHonest() => Apply(Round.Plan(1, needed: 4, deadline: 500, typicalTaskMs: 0, Honest), new RoundInput.Tick(), 0);

    private static Round Working(Round round, params string[] agents) =>
        agents.Aggregate(round, (working, agent) => Apply(working, new RoundInput.TaskTaken(agent, 1), 10));

    private static Round WithResults(Round round, params string[] agents) =>
        agents.Aggregate(round, (working, agent) => Apply(working, new RoundInput.ResultCounted(agent), 20));

    private static Round Apply(Round round, RoundInput input, long now) => RoundMachine.Apply(round, input, now, TwoNeeded).Round;
}
