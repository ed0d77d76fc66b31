using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Testing;

namespace EdgeFlora.Containers.Tests;

/// <summary>What happens to machines and networks, in the middle of a round.</summary>
public sealed class FaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_agent_comes_back_and_its_result_counts()
    {
        await using Fleet fleet = await Fleet.StartAsync(f => f.Agents(2).Fault(Fault.Slow("agent-2")));
        FederationMember slow = fleet.Agent("agent-2");

        await fleet.AtWorkAsync("agent-2");
        await slow.KillAsync(Stop);
        await slow.StartAgainAsync(Stop);

        FederationResult result = await fleet.CompleteAsync();
        Assert.Equal([2, 2], Accepted(result));
    }

    [Fact]
    public async Task A_killed_coordinator_comes_back_and_goes_on_with_the_round()
    {
        await using Fleet fleet = await Fleet.StartAsync(
            f => f.Agents(2).Fault(Fault.Slow("agent-2")).Fault(Fault.Kill(Federation.CoordinatorName)));

        FederationResult result = await fleet.CompleteAsync();
        await fleet.EventAsync(RunEventKind.CoordinatorRecovered);
        Assert.Equal([2, 2], Accepted(result));
    }

    [Fact]
    public async Task A_frozen_agent_costs_its_round_nothing_but_its_own_result_and_contributes_again()
    {
        await using Fleet fleet = await Fleet.StartAsync(Impatient);
        FederationMember slow = fleet.Agent("agent-3");

        await fleet.AtWorkAsync("agent-3");
        await slow.PauseAsync(Stop);
        await fleet.WithoutOneAsync(1);

        // From here on no round comes to its two results without the agent that is back.
        await fleet.Agent("agent-2").PauseAsync(Stop);
        await slow.ResumeAsync(Stop);
        await fleet.ContributesAgainAsync("agent-3");
        await fleet.Agent("agent-2").ResumeAsync(Stop);

        await fleet.CompleteAsync();
    }

    [Fact]
    public async Task A_broker_that_restarts_in_the_middle_of_a_round_loses_nothing()
    {
        await using Fleet fleet = await Fleet.StartAsync(f => f.Agents(2).Fault(Fault.Slow("agent-2")));

        await fleet.AtWorkAsync("agent-2");
        await fleet.Platform.Broker.KillAsync(Stop);
        await fleet.Platform.Broker.StartAgainAsync(Stop);

        FederationResult result = await fleet.CompleteAsync();
        Assert.Equal([2, 2], Accepted(result));
    }

    [Fact]
    public async Task An_agent_whose_network_is_cut_costs_its_round_nothing_but_its_own_result_and_contributes_again()
    {
        await using Fleet fleet = await Fleet.StartAsync(Impatient);
        FederationMember slow = fleet.Agent("agent-3");

        await fleet.AtWorkAsync("agent-3");
        await slow.CutAsync(Stop);
        await fleet.WithoutOneAsync(1);

        // From here on no round comes to its two results without the agent that is back.
        await fleet.Agent("agent-2").PauseAsync(Stop);
        await slow.HealAsync(Stop);
        await fleet.ContributesAgainAsync("agent-3");
        await fleet.Agent("agent-2").ResumeAsync(Stop);

        await fleet.CompleteAsync();
    }

    /// <summary>Two of three results carry a round, and nobody is waited for who misses two heartbeats, of one second each.</summary>
    private static void Impatient(FederationOptions options) =>
        options.Agents(3).Rounds(8).Quorum(0.6, TimeSpan.FromSeconds(5)).Fault(Fault.Slow("agent-3"));

    private static int[] Accepted(FederationResult result) => [.. result.Ledger.Select(round => round.Figures!.Accepted.Count)];
}
