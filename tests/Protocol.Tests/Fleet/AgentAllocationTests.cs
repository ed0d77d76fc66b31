using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Tests.Fleet;

public sealed class AgentAllocationTests
{
    private static readonly Guid Large = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Small = new("00000000-0000-0000-0000-000000000002");
    private static readonly Guid Third = new("00000000-0000-0000-0000-000000000003");

    private readonly AgentAllocation allocation = new();

    [Fact]
    public void An_agent_works_for_one_run_at_a_time_and_the_next_gets_it_when_it_is_given_back()
    {
        Assert.Equal(["a", "b"], Assert.Single(Ask(Large, 2, "a", "b")).Agents.Order());
        Assert.Empty(Ask(Small, 1, "a", "b"));
        Assert.True(allocation.IsWaiting(Small));

        AgentGrant grant = Assert.Single(allocation.Update(Large, priority: 0, seen: 1, Demand.Keeping("a")));

        Assert.Equal((Small, "b"), (grant.Run, Assert.Single(grant.Agents)));
        Assert.Equal((Large, Small), (allocation.HolderOf("a"), allocation.HolderOf("b")));
    }

    [Fact]
    public void Higher_priority_goes_first_then_whoever_has_waited_longer()
    {
        Ask(Large, 1, "a");
        Ask(Small, 1, "a");
        Ask(Third, 1, priority: 5, "a");

        Assert.Equal(Third, Assert.Single(allocation.Forget(Large)).Run);
        Ask(Large, 1, "a");
        Assert.Equal(Small, Assert.Single(allocation.Forget(Third)).Run);
        Assert.Equal(Large, Assert.Single(allocation.Forget(Small)).Run);
    }

    [Fact]
    public void A_run_that_needs_many_is_not_starved_by_those_that_need_one()
    {
        Ask(Small, 1, "a", "b");
        Assert.Empty(Ask(Large, 2, "a", "b"));

        // "b" is free, and kept for the run that has waited for both.
        Assert.Empty(Ask(Third, 1, "a", "b"));
        AgentGrant grant = Assert.Single(allocation.Update(Small, priority: 0, seen: 1, Demand.Keeping()));

        Assert.Equal((Large, 2), (grant.Run, grant.Agents.Length));
    }

    [Fact]
    public void Wishes_from_before_a_grant_take_nothing_away()
    {
        Ask(Large, 2, "a", "b");

        Assert.Empty(allocation.Update(Large, priority: 0, seen: 0, Demand.Keeping()));

        Assert.Equal(2, allocation.Held);
    }

    [Fact]
    public void Agents_at_work_before_a_restart_are_still_taken()
    {
        allocation.Hold(Large, ["a"]);

        Assert.Equal(["b"], Assert.Single(Ask(Small, 1, "a", "b")).Agents);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3000)]
    public void An_agent_that_is_given_back_costs_one_look_however_many_there_are_and_others_wait_for(int size)
    {
        string[] agents = [.. Enumerable.Range(0, size).Select(i => $"a{i:0000}")];
        Ask(Large, size, agents);
        Assert.Empty(Ask(Small, size, agents));
        long looks = allocation.Looks;

        allocation.Update(Large, priority: 0, seen: 1, Demand.Keeping(agents[1..]), [agents[0]]);

        Assert.Equal(1, allocation.Looks - looks);
        Assert.Equal((null, size - 1), (allocation.HolderOf(agents[0]), allocation.Held));
    }

    [Fact]
    public void What_was_passed_over_is_made_good_with_the_next_wishes()
    {
        Ask(Large, 2, "a", "b");
        allocation.Update(Large, priority: 0, seen: 0, Demand.Keeping("b"), ["a"]);

        allocation.Update(Large, priority: 0, seen: 1, Demand.Keeping("b"), []);

        Assert.Equal((null, Large), (allocation.HolderOf("a"), allocation.HolderOf("b")));
    }

    private IReadOnlyList<AgentGrant> Ask(Guid run, int atLeast, params string[] agents) => Ask(run, atLeast, priority: 0, agents);

    private IReadOnlyList<AgentGrant> Ask(Guid run, int atLeast, int priority, params string[] agents) =>
        allocation.Update(run, priority, seen: 0, Demand.For(atLeast, agents));

    /// <summary>Demands as rounds make them.</summary>
    private static class Demand
    {
        public static AgentDemand Keeping(params string[] agents) =>
            AgentDemand.Of(Round.Plan(1, 99, long.MaxValue / 4, 0, agents, agents, []), 0, Given.Rules.Plain, paused: true, new HashSet<string>());

        public static AgentDemand For(int atLeast, string[] agents) =>
            AgentDemand.Of(
                Round.Plan(1, atLeast, 0, 0, agents, [], []),
                0,
                Given.Rules.Plain with { AgentsPerRound = atLeast },
                paused: false,
                new HashSet<string>());
    }
}
