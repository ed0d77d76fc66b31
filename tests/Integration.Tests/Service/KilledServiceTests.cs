using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary><c>kill -9</c> of the service in each state of a run: what was accepted is kept, and the run is in the state that it was in.</summary>
public sealed class KilledServiceTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task A_queued_run_is_still_queued_and_begins_when_its_agents_are_there()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        await agents.AddAsync("a");
        string run = await fleet.SubmitAsync("queued");

        await fleet.RestartAsync();

        RunDetail held = await ServedFleet.ShowAsync(run);
        Assert.Equal((RunState.Queued, WaitKind.Agents), (held.Summary.State, held.Summary.Waiting?.Kind));
        await agents.AddAsync("b");
        await CompletesAsync(run);
    }

    [Fact]
    public async Task A_run_that_lost_an_agent_still_waits_for_it()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        var gate = new TaskCompletionSource();
        await agents.AddAsync("a", (offer, stop) => offer.Header.Round == 2 ? gate.Task.WaitAsync(stop) : Task.CompletedTask);
        await agents.AddAsync("b");
        string run = await fleet.SubmitAsync("waiting", "rounds.count=3");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 2, AgentId: "b" });
        await ServedFleet.OkAsync("agents", "quarantine", "b", "--reason", "to be looked at");
        gate.SetResult();
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted or RunEventKind.RoundSkipped, Round: 2 });

        await fleet.RestartAsync();

        // What the one before had in hand is settled first.
        RunDetail held = await ServedFleet.ShowAsync(run);
        await LimitedWait.UntilAsync(
            async () => (held = await ServedFleet.ShowAsync(run)).Summary.Waiting?.Kind == WaitKind.Agents, () => $"{held.Summary}");
        Assert.Equal(RunState.Running, held.Summary.State);
        Assert.Contains("b is quarantined", held.Summary.Waiting!.Sentence, StringComparison.Ordinal);
        await ServedFleet.OkAsync("agents", "release", "b");
        await CompletesAsync(run);
    }

    [Fact]
    public async Task A_round_whose_results_are_not_all_in_keeps_those_that_were_accepted()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        var gate = new TaskCompletionSource();
        int offers = 0;
        await agents.AddAsync("a", (offer, _) =>
        {
            Interlocked.Add(ref offers, offer.Kind == TaskKind.Train ? 1 : 0);
            return Task.CompletedTask;
        });
        await agents.AddAsync("b", (_, stop) => gate.Task.WaitAsync(stop));
        string run = await fleet.SubmitAsync("collecting", "rounds.count=1");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "a" });

        await fleet.RestartAsync();

        Assert.Equal(RunState.Running, await ServedFleet.StateAsync(run));
        gate.SetResult();
        RunDetail over = await CompletesAsync(run);
        Assert.Equal(["a", "b"], over.Rounds[0].Figures!.Accepted.Order());
        Assert.Equal(1, offers);
    }

    [Fact]
    public async Task A_frozen_round_is_merged_from_what_it_was_frozen_with()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        await agents.AddAsync("a");
        await agents.AddAsync("b");
        string run = await fleet.SubmitAsync("frozen");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.RoundFrozen, Round: 1 });

        await fleet.RestartAsync();

        RunDetail over = await CompletesAsync(run);
        Assert.All(over.Rounds, round => Assert.Equal(["a", "b"], round.Figures!.Accepted.Order()));
        Assert.Equal(2, over.Rounds.Count);
    }

    [Fact]
    public async Task A_paused_run_is_still_paused_with_its_reason()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        var gate = new TaskCompletionSource();
        await agents.AddAsync("a");
        await agents.AddAsync("b", (_, stop) => gate.Task.WaitAsync(stop));
        string run = await fleet.SubmitAsync("paused");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, AgentId: "a" });
        await ServedFleet.OkAsync("runs", "pause", run, "--reason", "for the night");

        await fleet.RestartAsync();

        gate.SetResult();
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 1 });
        RunDetail held = await ServedFleet.ShowAsync(run);
        Assert.Equal((RunState.Paused, "for the night", 1), (held.Summary.State, held.Summary.Reason, held.Summary.RoundsCommitted));
        await ServedFleet.OkAsync("runs", "resume", run);
        await CompletesAsync(run);
    }

    [Fact]
    public async Task A_run_whose_rounds_are_over_still_waits_for_its_measurements()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        var gate = new TaskCompletionSource();
        await agents.AddAsync("a");
        await agents.AddAsync("b");
        await agents.AddAsync(
            "judge",
            (offer, stop) => offer.Header.Round == 2 ? gate.Task.WaitAsync(stop) : Task.CompletedTask,
            AgentRole.Evaluator);
        string run = await fleet.SubmitAsync("measured", "evaluators=1");
        await agents.Events.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 2 });

        await fleet.RestartAsync();

        Assert.Equal(RunState.Running, await ServedFleet.StateAsync(run));
        gate.SetResult();
        RunDetail over = await CompletesAsync(run);
        Assert.Contains(over.Rounds, round => round.Round == 2 && round.Measurements.Any(measured => measured.AgentId == "judge"));
    }

    [Fact]
    public async Task A_backup_of_a_service_at_work_is_served_by_another_whose_agents_follow_it()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        await fleet.AgentsAsync("a", "b");
        string run = await fleet.SubmitAsync("kept", "agents.min=2");
        await fleet.Service.LineAsync($"{run[..13]} ");
        string said = await ServedFleet.OkAsync("coordinator", "backup", "--state", fleet.In("service"), "--out", fleet.In("backup"));

        await fleet.Service.KillAsync();
        await fleet.Service.DisposeAsync();
        Directory.Move(fleet.In("service"), fleet.In("lost"));
        Directory.Move(fleet.In("backup"), fleet.In("service"));
        await fleet.ServeAsync();

        Assert.StartsWith($"backed up to {fleet.In("backup")}: ", said, StringComparison.Ordinal);
        RunDetail over = await CompletesAsync(run);
        Assert.Equal(["a", "b"], over.Participants.Order());
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
