using EdgeFlora.Containers.Tests.Engines;
using EdgeFlora.Containers.Tests.Federations;

namespace EdgeFlora.Containers.Tests;

/// <summary>Runs in containers of the images that <c>compose.yaml</c> builds.</summary>
public sealed class RunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_of_three_agents_ends_with_an_adapter()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Patient(rounds: 2, agents: 3), Stop);
        await federation.AgentsAsync(3, Stop);

        byte[] adapter = await run.CompleteAsync(2, Stop);

        await run.CommittedAsync(1, accepted: 3, Stop);
        await run.CommittedAsync(2, accepted: 3, Stop);
        Assert.True(adapter.Length > 10_000, $"The adapter has {adapter.Length} bytes.");
    }

    [Fact]
    public async Task A_torch_agent_takes_part_beside_portable_ones()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);
        ContainerRun run = await federation.RunAsync(ContainerRun.Patient(rounds: 2, agents: 2), Stop);
        await federation.AgentAsync("portable", Stop);
        ProgramContainer torch = await federation.AgentAsync("torch", Stop, Images.TorchAgent, more: ["--engine", "torch", "--device", "cpu"]);

        await torch.LineAsync("engine torch on cpu", Stop);
        await run.CompleteAsync(2, Stop);

        await run.CommittedAsync(2, accepted: 2, Stop);
    }

    [Fact]
    public async Task An_agent_with_a_wrong_password_is_told_so_and_ends()
    {
        await using ContainerFederation federation = await ContainerFederation.StartAsync(Stop);

        ProgramContainer agent = await federation.AgentAsync("agent-1", Stop, password: "wrong");

        Assert.Equal(2, await agent.ExitAsync(Stop));
        string said = await agent.LineAsync("^edgeflora agent: ", Stop);
        Assert.Contains("password", said, StringComparison.Ordinal);
        Assert.DoesNotContain(":wrong@", said, StringComparison.Ordinal);
    }
}
