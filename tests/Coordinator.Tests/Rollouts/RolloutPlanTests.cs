using EdgeFlora.Coordinator.Rollouts;

namespace EdgeFlora.Coordinator.Tests.Rollouts;

public sealed class RolloutPlanTests
{
    private static readonly Guid Run = new("01980000-0000-7000-8000-000000000001");
    private static readonly string[] Agents = [.. Enumerable.Range(0, 100).Select(number => $"k{number:00}")];

    [Theory]
    [InlineData(0.2, 20)]
    [InlineData(0.005, 1)]
    [InlineData(0.5, 50)]
    public void A_share_of_the_agents_is_first_and_one_at_least(double share, int expected) =>
        Assert.Equal(expected, RolloutPlan.Choose(Run, 1, Agents, share).Length);

    [Fact]
    public void Who_is_first_follows_from_the_run_and_the_rollout_whatever_the_order_of_agents()
    {
        string[] first = RolloutPlan.Choose(Run, 1, Agents, 0.2);

        Assert.Equal(first, RolloutPlan.Choose(Run, 1, [.. Agents.Reverse()], 0.2));
        Assert.NotEqual(first, RolloutPlan.Choose(Run, 2, Agents, 0.2));
        Assert.NotEqual(first, RolloutPlan.Choose(Guid.Empty, 1, Agents, 0.2));
    }
}
