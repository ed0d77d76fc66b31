using EdgeFlora.Containers.Tests.Engines;
using EdgeFlora.Containers.Tests.Federations;

namespace EdgeFlora.Containers.Tests;

/// <summary>What happens to machines and networks, in the middle of a round.</summary>
public sealed class FaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_agent_comes_back_and_its_result_counts()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Patient(rounds: 2, agents: 2), Stop);
        ProgramContainer slow = await federation.AgentsAsync(2, Stop);

        await ContainerRun.TrainingAsync(slow, round: 1, Stop);
        await slow.KillAsync(Stop);
        await slow.StartAgainAsync(Stop);

        await run.CompleteAsync(2, Stop);
        await run.CommittedAsync(1, accepted: 2, Stop);
        await run.CommittedAsync(2, accepted: 2, Stop);
    }

    [Fact]
    public async Task A_killed_coordinator_comes_back_and_goes_on_with_the_round()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Patient(rounds: 2, agents: 2), Stop);
        ProgramContainer slow = await federation.AgentsAsync(2, Stop);

        await ContainerRun.TrainingAsync(slow, round: 1, Stop);
        await run.Coordinator.KillAsync(Stop);
        await run.Coordinator.StartAgainAsync(Stop);

        await run.Coordinator.LineAsync("the coordinator is back and goes on", Stop);
        await run.CompleteAsync(2, Stop);
        await run.CommittedAsync(1, accepted: 2, Stop);
    }

    [Fact]
    public async Task A_frozen_agent_costs_its_round_nothing_but_its_own_result_and_contributes_again()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Impatient(rounds: 8, agents: 3), Stop);
        ProgramContainer slow = await federation.AgentsAsync(3, Stop);

        await ContainerRun.TrainingAsync(slow, round: 1, Stop);
        await slow.PauseAsync(Stop);
        await run.WithoutOneAsync(1, Stop);

        // From here on no round comes to its two results without the agent that is back.
        await federation.Agent("agent-2").PauseAsync(Stop);
        await slow.UnpauseAsync(Stop);
        await run.ContributesAgainAsync("agent-3", Stop);
        await federation.Agent("agent-2").UnpauseAsync(Stop);

        await run.CompleteAsync(8, Stop);
    }

    [Fact]
    public async Task A_broker_that_restarts_in_the_middle_of_a_round_loses_nothing()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Patient(rounds: 2, agents: 2), Stop);
        ProgramContainer slow = await federation.AgentsAsync(2, Stop);

        await ContainerRun.TrainingAsync(slow, round: 1, Stop);
        await federation.Broker.KillAsync(Stop);
        await federation.Broker.StartAgainAsync(Stop);

        await run.CompleteAsync(2, Stop);
        await run.CommittedAsync(1, accepted: 2, Stop);
        await run.CommittedAsync(2, accepted: 2, Stop);
    }

    [Fact]
    public async Task An_agent_whose_network_is_cut_costs_its_round_nothing_but_its_own_result_and_contributes_again()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Impatient(rounds: 8, agents: 3), Stop);
        ProgramContainer slow = await federation.AgentsAsync(3, Stop);

        await ContainerRun.TrainingAsync(slow, round: 1, Stop);
        await slow.CutAsync(Stop);
        await run.WithoutOneAsync(1, Stop);

        // From here on no round comes to its two results without the agent that is back.
        await federation.Agent("agent-2").PauseAsync(Stop);
        await slow.HealAsync(Stop);
        await run.ContributesAgainAsync("agent-3", Stop);
        await federation.Agent("agent-2").UnpauseAsync(Stop);

        await run.CompleteAsync(8, Stop);
    }
}
