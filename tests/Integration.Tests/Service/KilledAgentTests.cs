using EdgeFlora.Contracts.Events;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary><c>kill -9</c> of an agent in the middle of a round.</summary>
public sealed class KilledAgentTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task With_the_quorum_in_a_round_ends_when_the_broker_has_dropped_the_connection_of_the_last_agent_at_work()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);

        // Heartbeats so rare, and deadlines so long, that neither can be what ends the round.
        await fleet.ServeAsync("--config", fleet.Write("coordinator.yaml", "heartbeat: 10m\n"));
        var mayReport = new TaskCompletionSource();
        await agents.AddAsync("a", (_, stop) => mayReport.Task.WaitAsync(stop));
        await agents.AddAsync("b", (_, stop) => mayReport.Task.WaitAsync(stop));
        EdgeFloraProcess killed = fleet.StartAgent("c");
        await fleet.SubmitAsync(
            "killed", "rounds.count=1", "agents.min=3", "agents.quorum=0.6", "training.steps=100000", "deadlines.stragglers=1h", "deadlines.soft=2h",
            "deadlines.hard=3h");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.TaskAccepted, AgentId: "c" });
        mayReport.SetResult();
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "a" });
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "b" });

        await killed.KillAsync();

        RunEvent committed = await agents.Events.SeenAsync(happened => happened.Kind == RunEventKind.RoundCommitted);
        Assert.Equal(["a", "b"], committed.Figures!.Accepted);
        Assert.Contains("has been silent", await ServedFleet.OkAsync("agents", "show", "c"), StringComparison.Ordinal);
    }
}
