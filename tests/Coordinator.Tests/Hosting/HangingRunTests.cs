using System.Diagnostics;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A run whose base model can't be read to its end, as on a file system that has gone away, holds up no other.</summary>
public sealed class HangingRunTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c", "d", "e", "f"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_that_does_not_get_ready_delays_no_other()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        rig.Models["gone"] = BaseModel.Write(folder["gone"]);
        string file = await HangAsync(rig.Models["gone"]);
        await rig.AddAsync(null, Agents);
        Guid hanging = await rig.SubmitAsync("hanging", but: spec => spec with { Model = "gone", Priority = 10 });

        RunOutcome other = await rig.OutcomeAsync(await rig.SubmitAsync("other"));

        Assert.Equal(RunStatus.Completed, other.Status);
        Assert.Equal(RunState.Queued, (await rig.FindAsync(hanging)).Summary.State);
        await using StreamWriter writer = await ReaderAsync(file);
    }

    [Fact]
    public async Task A_run_that_can_not_be_taken_up_again_delays_no_other_and_fails_when_that_is_known()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        rig.Models["gone"] = BaseModel.Write(folder["gone"]);
        Guid hanging = default;
        await rig.AddAsync((offer, stop) => offer.Header.RunId == hanging ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask, Agents);
        RoundOptions three = new() { Count = 2, MinAgents = 3, AgentsPerRound = 3, OverSelection = 1, Quorum = 1 };
        hanging = await rig.SubmitAsync("hanging", but: spec => spec with { Model = "gone", Rounds = three });
        await rig.Events.SeenAsync(e => e.RunId == hanging && e.Kind == RunEventKind.RoundOpened);
        File.Delete(Path.Combine(rig.Models["gone"], "config.json"));
        string file = await HangAsync(rig.Models["gone"]);
        await rig.RestartAsync();
        await using StreamWriter writer = await ReaderAsync(file);

        RunOutcome other = await rig.OutcomeAsync(await rig.SubmitAsync("other", but: spec => spec with { Rounds = three }));

        Assert.Equal(RunStatus.Completed, other.Status);
        Assert.Equal(RunState.Running, (await rig.FindAsync(hanging)).Summary.State);
        Task<EventEnvelope[]> told = rig.Runs.EventsAsync(new() { RunId = hanging, Follow = true }, Stop).ToArrayAsync(Stop).AsTask();
        await writer.WriteAsync("no model");
        await writer.DisposeAsync();
        await told;
        RunSummary failed = (await rig.FindAsync(hanging)).Summary;
        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains("config.json", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_operators_do_to_a_run_while_it_gets_ready_holds()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        string sound = rig.Models["slow"] = BaseModel.Write(folder["slow"]);
        string config = await File.ReadAllTextAsync(Path.Combine(sound, "config.json"), Stop);
        string file = await HangAsync(sound);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("slow", but: spec => spec with { Model = "slow" });
        await using StreamWriter writer = await ReaderAsync(file);

        await rig.Runs.PauseAsync(FleetRig.Command(), run, "later", Stop);
        await rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 3 }, Stop);
        await writer.WriteAsync(config);
        await writer.DisposeAsync();
        await rig.Events.SeenAsync(e => e.RunId == run && e.Kind == RunEventKind.CoordinatorStarted);
        Assert.Equal(RunState.Paused, (await rig.FindAsync(run)).Summary.State);
        await rig.Runs.ResumeAsync(FleetRig.Command(), run, spentRounds: null, Stop);

        Assert.Equal([1, 2, 3], (await rig.OutcomeAsync(run)).Rounds.Select(round => round.Round));
    }

    /// <summary>Replaces the model's settings by a pipe: whoever reads them waits until something is written to it.</summary>
    private static async Task<string> HangAsync(string model)
    {
        string file = Path.Combine(model, "config.json");
        File.Delete(file);
        using Process made = Process.Start("mkfifo", [file]);
        await made.WaitForExitAsync(Stop);
        return file;
    }

    /// <summary>Completes when somebody reads from the pipe, with what that reader waits for.</summary>
    private static Task<StreamWriter> ReaderAsync(string pipe) => Task.Factory.StartNew(
        () => new StreamWriter(new FileStream(pipe, FileMode.Open, FileAccess.Write)), Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
