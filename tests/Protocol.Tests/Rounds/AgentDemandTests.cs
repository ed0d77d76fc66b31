using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>What a run asks of a shared fleet, and which agents it holds on to.</summary>
public sealed class AgentDemandTests
{
    private static readonly string[] Six = ["a", "b", "c", "d", "e", "f"];
    private static readonly RoundRules TwoOfMany = Rules.Plain with { AgentsPerRound = 2, OverSelection = 1 };

    [Fact]
    public void Without_a_round_nobody_is_asked_for_or_kept() => AssertNothing(Of(null, Rules.Plain));

    [Fact]
    public void A_round_that_waits_asks_for_those_it_would_give_tasks_to_in_its_own_order()
    {
        AgentDemand demand = Of(Planned(needed: 2), TwoOfMany with { OverSelection = 1.2 });

        Assert.Equal((2, 3), (demand.AtLeast, demand.AtMost));
        Assert.Equal(AgentSelection.Order(Rules.Plain.Seed, 1, Six), demand.Candidates);
        Assert.Empty(demand.Kept);
    }

    [Fact]
    public void It_is_content_with_as_many_as_it_gives_tasks_to_however_many_must_be_there() =>
        Assert.Equal(2, Of(Planned(needed: 6), TwoOfMany).AtLeast);

    [Fact]
    public void Where_all_are_asked_or_drawn_from_it_takes_all_it_can_get()
    {
        Assert.Equal(int.MaxValue, Of(Planned(needed: 2), Rules.Plain).AtMost);
        Assert.Equal(int.MaxValue, Of(Planned(needed: 2), TwoOfMany with { SamplingRate = 0.5 }).AtMost);
    }

    [Fact]
    public void Busy_agents_are_kept_and_count_as_there_if_they_are()
    {
        AgentDemand demand = Of(Planned(needed: 4, busy: ["a", "b", "away"]), Rules.Plain);

        Assert.Equal(["a", "away", "b"], demand.Kept);
        Assert.Equal(2, demand.AtLeast);
        Assert.Equal(["c", "d", "e", "f"], demand.Candidates.Order());
    }

    [Fact]
    public void A_round_whose_busy_agents_are_enough_still_asks_for_one() =>
        Assert.Equal(1, Of(Planned(needed: 2, busy: ["a", "b"]), Rules.Plain).AtLeast);

    [Fact]
    public void Nobody_is_asked_for_while_too_few_are_there_or_free_or_the_run_is_paused()
    {
        Round waiting = Planned(needed: 4, busy: ["a"]);

        AssertKeeps(["a"], Of(Planned(needed: 7, busy: ["a"]), Rules.Plain));
        AssertKeeps(["a"], Of(waiting, Rules.Plain, drained: ["b", "c", "d"]));
        AssertKeeps(["a"], Of(waiting, Rules.Plain, paused: true));
        Assert.Equal(["d", "e", "f"], Of(waiting, Rules.Plain, drained: ["b", "c"]).Candidates.Order());
    }

    [Fact]
    public void An_open_round_keeps_who_is_at_work_or_lost_and_asks_for_a_spare_for_each_result_that_nobody_is_at_work_for()
    {
        Round round = Opened(TwoOfMany, out string gone, out string failed);
        round = Apply(round, new RoundInput.TaskTaken(gone, 1), TwoOfMany);
        round = Apply(round, new RoundInput.AgentGone(gone, "Silent"), TwoOfMany);

        AgentDemand one = Of(round, TwoOfMany);
        AgentDemand two = Of(Apply(round, new RoundInput.TaskBroke(failed, 1, Retryable: false, "Diverged"), TwoOfMany), TwoOfMany);

        Assert.Equal([.. new[] { gone, failed }.Order()], one.Kept);
        Assert.Equal([gone], two.Kept);
        Assert.Equal((1, 1, 1, 2), (one.AtLeast, one.AtMost, two.AtLeast, two.AtMost));
        Assert.Equal(AgentSelection.Order(Rules.Plain.Seed, 1, Six.Except([gone, failed])), one.Candidates);
        Assert.Equal(3, Of(round, TwoOfMany, drained: [one.Candidates[0]]).Candidates.Length);
    }

    [Fact]
    public void An_open_round_keeps_those_still_at_work_for_the_one_before_and_does_not_ask_for_them()
    {
        Round round = Opened(TwoOfMany, out string first, out string second);
        string busy = Six.Except([first, second]).First();
        round = Apply(round, new RoundInput.TaskBroke(first, 1, Retryable: false, "Diverged"), TwoOfMany) with { Busy = [busy] };

        AgentDemand demand = Of(round, TwoOfMany);

        Assert.Equal([.. new[] { busy, second }.Order()], demand.Kept.ToArray());
        Assert.Equal(Six.Except([first, second, busy]).Order(), demand.Candidates.Order());
    }

    [Fact]
    public void Results_that_are_in_are_not_missing_and_one_that_declined_is()
    {
        Round round = Opened(TwoOfMany, out string first, out string second);
        Round counted = Apply(round, new RoundInput.ResultCounted(first), TwoOfMany);
        Round broken = Apply(counted, new RoundInput.TaskBroke(second, 1, Retryable: false, "Diverged"), TwoOfMany);
        Round declined = Apply(round, new RoundInput.TaskRefused(second, 1, "Busy"), TwoOfMany);

        Assert.Equal((0, 1), (AgentDemand.Missing(counted), AgentDemand.Missing(broken)));
        Assert.Equal((1, 2, 1), (declined.Goal, declined.Wanted, AgentDemand.Missing(declined)));
        Assert.Equal(1, Of(declined, TwoOfMany).AtMost);
    }

    [Fact]
    public void It_asks_for_none_where_no_result_is_missing_the_run_is_paused_or_private_or_too_little_time_is_left()
    {
        Round round = Opened(TwoOfMany, out string first, out string second);
        Round missing = Apply(round, new RoundInput.TaskBroke(first, 1, Retryable: false, "Diverged"), TwoOfMany) with { TypicalTaskMs = 500 };

        AssertKeeps([.. new[] { first, second }.Order()], Of(round, TwoOfMany));
        AssertKeeps([second], Of(missing, TwoOfMany, paused: true));
        AssertKeeps([second], Of(missing, TwoOfMany with { SamplingRate = 0.5 }));
        AssertKeeps([second], Of(missing, TwoOfMany, now: 1500));
        Assert.Equal(4, Of(missing, TwoOfMany, now: 1499).Candidates.Length);
    }

    [Fact]
    public void Of_agents_that_have_yet_to_show_work_it_asks_for_two_a_result_after_those_that_have()
    {
        string[] idle = [.. Enumerable.Range(0, 7).Select(i => $"idle-{i}")];
        Round round = Opened(TwoOfMany, out string first, out string second, idle);
        round = Apply(round, new RoundInput.TaskBroke(first, 1, Retryable: false, "Diverged"), TwoOfMany);
        round = Apply(round, new RoundInput.TaskBroke(second, 1, Retryable: false, "Diverged"), TwoOfMany);
        string[] proven = [.. Six.Except([first, second])];

        AgentDemand enough = Of(round, TwoOfMany);
        AgentDemand justEnough = Of(round, TwoOfMany, drained: proven[2..]);
        AgentDemand few = Of(round, TwoOfMany, drained: proven[1..]);
        AgentDemand hardlyAny = Of(round, TwoOfMany, drained: [.. proven[1..], .. idle[3..]]);
        AgentDemand all = Of(round, TwoOfMany with { AgentsPerRound = 0 }, drained: proven[1..]);

        Assert.Equal((2, 2), (enough.AtMost, justEnough.AtMost));
        Assert.Equal(Six.Except([first, second]).Order(), enough.Candidates[..4].Order());
        Assert.Equal((proven[0], 1 + (2 * 2)), (few.Candidates[0], few.AtMost));
        Assert.Equal(AgentSelection.Order(Rules.Plain.Seed, 1, idle), few.Candidates[1..]);
        Assert.Equal(4, hardlyAny.AtMost);
        Assert.Equal(8, all.AtMost);
    }

    [Fact]
    public void A_frozen_round_keeps_those_whose_results_may_still_count_and_no_other_round_keeps_anybody()
    {
        RoundRules late = TwoOfMany with { KeepLate = true, LastRound = 2, AgentsPerRound = 1, OverSelection = 3, LeaseGraceMs = 500 };
        Round round = Opened(late, out _, out _);
        string[] asked = [.. round.Tasks.Keys];
        round = asked.Aggregate(round, (open, agent) => Apply(open, new RoundInput.TaskTaken(agent, 1), late));
        round = Apply(round, new RoundInput.AgentGone(asked[1], "Bye"), late);
        Round frozen = Apply(round, new RoundInput.ResultCounted(asked[0]), late);
        Round aggregating = Apply(frozen, new RoundInput.AggregationBegun(), late);

        Assert.Equal(RoundState.Frozen, frozen.State);
        AssertKeeps(asked[1..], Of(frozen, late));
        AssertKeeps(asked[1..], Of(aggregating, late));
        AssertNothing(Of(frozen, late with { KeepLate = false }));
        AssertNothing(Of(frozen, late with { LastRound = 1 }));
        AssertNothing(Of(Apply(aggregating, new RoundInput.Aggregated(), late), late));
    }

    private static Round Planned(int needed, string[]? busy = null) => Round.Plan(1, needed, deadline: 500, typicalTaskMs: 0, Six, busy);

    /// <summary>Open with the tasks of the agents it was granted, those it wants most.</summary>
    /// <param name="idle">Agents besides that have yet to show work.</param>
    private static Round Opened(RoundRules rules, out string first, out string second, params string[] idle)
    {
        (first, second) = (AgentSelection.Order(rules.Seed, 1, Six)[0], AgentSelection.Order(rules.Seed, 1, Six)[1]);
        Round planned = Round.Plan(
            1,
            needed: 2,
            deadline: 500,
            typicalTaskMs: 0,
            [.. Six, .. idle],
            standings: idle.Select(agent => KeyValuePair.Create(agent, AgentStanding.New)));
        int asked = (int)Math.Ceiling(rules.AgentsPerRound * rules.OverSelection);
        return Apply(planned with { Granted = [] }, new RoundInput.AgentsGranted([.. AgentSelection.Order(rules.Seed, 1, Six).Take(asked)]), rules);
    }

    private static Round Apply(Round round, RoundInput input, RoundRules rules) => RoundMachine.Apply(round, input, 0, rules).Round;

    private static AgentDemand Of(Round? round, RoundRules rules, long now = 0, bool paused = false, string[]? drained = null) =>
        AgentDemand.Of(round, now, rules, paused, (drained ?? []).ToHashSet());

    private static void AssertKeeps(string[] kept, AgentDemand demand)
    {
        Assert.Equal(kept, demand.Kept.ToArray());
        Assert.Empty(demand.Candidates);
    }

    private static void AssertNothing(AgentDemand demand) => AssertKeeps([], demand);
}
