using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

/// <summary>Agents still at work for the round before, and tasks that outlive their round.</summary>
public sealed class LateTaskTests
{
    private static readonly RoundRules Keeping = Rules.Plain with { KeepLate = true, LastRound = 3 };

    [Fact]
    public void Busy_agents_count_as_there_and_are_not_asked()
    {
        RoundStep opened = RoundMachine.Apply(Planned(2, needed: 3, busy: ["b"], "a", "b", "c"), new RoundInput.Tick(), 10, Keeping);

        Assert.Equal(RoundState.Offering, opened.Round.State);
        Assert.Equal(["a", "c"], opened.Round.Tasks.Keys);
        Assert.Equal(2, opened.Round.Goal);
    }

    [Fact]
    public void A_round_whose_agents_are_all_busy_waits_for_the_first_that_is_free()
    {
        Round waiting = RoundMachine.Apply(Planned(2, needed: 2, busy: ["a", "b"], "a", "b"), new RoundInput.Tick(), 10, Keeping).Round;
        Round opened = RoundMachine.Apply(waiting, new RoundInput.AgentFree("b"), 20, Keeping).Round;

        Assert.Equal(RoundState.Planned, waiting.State);
        Assert.Equal(["b"], opened.Tasks.Keys);
    }

    [Fact]
    public void A_busy_agent_is_no_spare_until_it_is_free()
    {
        Round open = RoundMachine.Apply(Planned(2, needed: 2, busy: ["c"], "a", "b", "c"), new RoundInput.Tick(), 10, Keeping).Round;
        Round failed = RoundMachine.Apply(open, new RoundInput.TaskBroke("a", 1, Retryable: false, "Diverged"), 20, Keeping).Round;
        RoundStep free = RoundMachine.Apply(failed, new RoundInput.AgentFree("c"), 30, Keeping);

        Assert.DoesNotContain("c", failed.Tasks.Keys);
        Assert.Equal("c", Assert.Single(free.Decisions.OfType<RoundDecision.SendOffer>()).Task.Agent);
    }

    [Fact]
    public void For_a_busy_agent_nobody_waits_who_left_an_offer_unanswered()
    {
        Round open = RoundMachine.Apply(Planned(2, needed: 2, busy: ["c"], "a", "b", "c"), new RoundInput.Tick(), 0, Keeping).Round;

        RoundStep again = RoundMachine.Apply(open, new RoundInput.Tick(), 100, Keeping);

        Assert.Equal(["a", "b"], again.Decisions.OfType<RoundDecision.SendOffer>().Select(offer => offer.Task.Agent).Order());
    }

    [Theory]
    [InlineData(1, true, 0)]
    [InlineData(3, true, 1)] // after the last round there is none it could count in
    [InlineData(1, false, 1)]
    public void Tasks_of_a_frozen_round_go_on_where_their_results_may_still_count(int number, bool keep, int cancelled)
    {
        RoundRules rules = Keeping with { KeepLate = keep, AgentsPerRound = 2, OverSelection = 2 };
        Round round = RoundMachine.Apply(Planned(number, needed: 3, busy: [], "a", "b", "c"), new RoundInput.Tick(), 0, rules).Round;
        round = RoundMachine.Apply(round, new RoundInput.ResultCounted("a"), 10, rules).Round;

        RoundStep frozen = RoundMachine.Apply(round, new RoundInput.ResultCounted("b"), 20, rules);

        Assert.Equal(RoundState.Frozen, frozen.Round.State);
        Assert.Equal(TaskState.Late, frozen.Round.Tasks["c"].State);
        Assert.Equal(cancelled, frozen.Decisions.OfType<RoundDecision.SendCancel>().Count());
    }

    [Theory]
    [InlineData(2, true, 5000 + 700 + 2000 + 1000)] // aggregation, waiting for agents, and a round with its extension
    [InlineData(3, true, 0)]
    [InlineData(2, false, 0)]
    public void A_task_may_outlive_its_round_until_the_next_is_frozen(int round, bool keep, long most) =>
        Assert.Equal(most, (Keeping with { KeepLate = keep, StartTimeoutMs = 700 }).LateMs(round));

    private static Round Planned(int number, int needed, string[] busy, params string[] online) => Round.Plan(
        number, needed, deadline: 500, typicalTaskMs: 0, online, busy);
}
