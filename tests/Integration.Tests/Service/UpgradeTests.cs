using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Processes of the last release beside those of this build, on one broker.</summary>
public sealed class UpgradeTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task Agents_of_the_last_release_and_of_this_build_work_for_the_service_of_this_build()
    {
        string previous = Previous();
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        fleet.StartAgent("new");
        fleet.Program = previous;
        fleet.StartAgent("old");

        RunDetail over = await CompletesAsync(await fleet.SubmitAsync("old agents", "agents.min=2", "agents.quorum=1"));

        Assert.All(over.Rounds, round => Assert.Equal(["new", "old"], round.Figures!.Accepted.Order()));
    }

    [Fact]
    public async Task Agents_of_this_build_work_for_the_service_of_the_last_release()
    {
        await using var fleet = new ServedFleet(Url) { Program = Previous() };
        await fleet.ServeAsync();
        fleet.Program = null;
        fleet.StartAgent("a");
        fleet.StartAgent("b");

        RunDetail over = await CompletesAsync(await fleet.SubmitAsync("old service", "agents.min=2", "agents.quorum=1"));

        Assert.All(over.Rounds, round => Assert.Equal(["a", "b"], round.Figures!.Accepted.Order()));
    }

    /// <summary>The service is upgraded in the middle of a run, then an agent in the middle of its task: neither loses what was done.</summary>
    [Fact]
    public async Task Runs_and_tasks_survive_the_upgrade_of_their_service_and_of_their_agents()
    {
        await using var fleet = new ServedFleet(Url) { Program = Previous() };
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        // Progress travels with heartbeats: one must come before the task is over.
        string[] often = ["--config", fleet.Write("coordinator.yaml", "heartbeat: 1s\n")];
        await fleet.ServeAsync(often);
        int offers = 0;
        await agents.AddAsync("honest", (offer, _) =>
        {
            Interlocked.Add(ref offers, offer.Kind == TaskKind.Train ? 1 : 0);
            return Task.CompletedTask;
        });
        EdgeFloraProcess old = fleet.StartAgent("upgraded");
        await old.LineAsync("agent upgraded: idle");
        string run = await fleet.SubmitAsync(
            "upgrade", "rounds.count=1", "agents.min=2", "agents.quorum=1", "training.steps=1000", "deadlines.stragglers=1h");
        string queued = await fleet.SubmitAsync("queued", "agents.min=3");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "honest" });
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.TaskProgressed, AgentId: "upgraded", Step: > 0 });

        fleet.Program = null;
        await fleet.RestartAsync(often);
        await old.KillAsync();
        fleet.StartAgent("upgraded");

        Assert.Equal(RunState.Queued, await ServedFleet.StateAsync(queued));
        RunDetail over = await CompletesAsync(run);
        Assert.Equal(["honest", "upgraded"], over.Rounds[0].Figures!.Accepted.Order());
        Assert.Equal(1, offers);
        Assert.Contains("goes on from step", AgentLog.Of(fleet.In("agent-upgraded")), StringComparison.Ordinal);
    }

    /// <summary>The last release's <c>edgeflora.dll</c>.</summary>
    private static string Previous()
    {
        const string Absent = "EDGEFLORA_PREVIOUS_PROGRAM names no program of the last release; infra/previous-release.sh DIR makes it.";
        string? program = Environment.GetEnvironmentVariable("EDGEFLORA_PREVIOUS_PROGRAM");
        Assert.SkipWhen(program is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), Absent);
        return program ?? throw new InvalidOperationException(Absent);
    }

    private static async Task<RunDetail> CompletesAsync(string run)
    {
        (int code, string said, string error) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, said + error);
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.Equal(RunState.Completed, over.Summary.State);
        return over;
    }
}
