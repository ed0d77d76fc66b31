using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Hosting;

public sealed class FleetShareTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];
    private static readonly HashSet<string> Nobody = [];

    private readonly TemporaryFolder folder = new();
    private readonly List<(AgentDemand Demand, IReadOnlyCollection<string>? Changed)> said = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Messages_of_agents_at_work_ask_nothing_of_the_fleet_and_a_result_lets_its_agent_go_without_a_look_at_the_others()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));
        RoundRules rules = rig.Facts.Rules;
        var share = new FleetShare(rig.Facts);
        var state = new LiveRun { Round = Step(Round.Plan(1, 3, 500, 0, Agents), new RoundInput.Tick(), rules) };
        Say(share, state);
        Assert.Equal((1, null), (share.Made, said[0].Changed));

        foreach (string agent in Agents)
        {
            state.Round = Step(state.Round, new RoundInput.TaskTaken(agent, 1), rules);
            Say(share, state);
        }

        long open = share.Made;
        for (int i = 0; i < 100; i++)
        {
            state.Round = Step(state.Round, new RoundInput.TaskHeard(Agents[i % 3], 1), rules);
            Say(share, state);
        }

        Assert.Equal(open, share.Made);
        state.Touched.Add("b");
        state.Round = Step(state.Round, new RoundInput.ResultCounted("b"), rules);
        Say(share, state);

        Assert.Equal(open + 1, share.Made);
        Assert.Equal(["b"], said[^1].Changed);
        Assert.Equal(["a", "c"], said[^1].Demand.Kept);
    }

    /// <summary>
    /// An agent left between asking and granting, so the round does not open: were its grant kept, it would wait for ever for agents that it holds.
    /// </summary>
    [Fact]
    public async Task All_of_a_grant_that_the_round_cannot_use_is_looked_at_again()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));
        var share = new FleetShare(rig.Facts);
        var state = new LiveRun { Round = Round.Plan(1, 3, 500, 0, Agents[..2]) };
        Say(share, state);

        state.GrantsSeen++;
        Say(share, state);

        Assert.Equal(2, share.Made);
        Assert.Null(said[^1].Changed);
        Assert.Empty(said[^1].Demand.Kept);
    }

    private static Round Step(Round round, RoundInput input, RoundRules rules) => RoundMachine.Apply(round, input, 1, rules).Round;

    private void Say(FleetShare share, LiveRun state) => share.Update(state, now: 1, Nobody, wish =>
    {
        said.Add(wish);
        return Array.Empty<AgentGrant>();
    });
}
