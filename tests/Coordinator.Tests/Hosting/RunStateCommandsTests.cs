using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs that are paused, cancelled and deleted.</summary>
public sealed class RunStateCommandsTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_paused_run_finishes_its_round_begins_no_other_over_a_restart_and_goes_on_when_it_is_let()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), Agents);
        Guid run = await rig.SubmitAsync("first");
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened);

        Assert.Equal(RunState.Paused, (await rig.Runs.PauseAsync(FleetRig.Command(), run, "night", Stop)).Summary.State);
        mayWork.SetResult();
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundCommitted && e.Round == 1);
        await rig.RestartAsync();
        RunSummary held = (await rig.FindAsync(run)).Summary;
        Assert.Equal((RunState.Paused, "night", WaitKind.Operator), (held.State, held.Reason, held.Waiting?.Kind));
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(await rig.SubmitAsync("other"))).Status);
        Assert.DoesNotContain(rig.Events.All, e => e.RunId == run && e.Kind == RunEventKind.RoundOpened && e.Round == 2);

        Assert.Equal(RunState.Running, (await rig.Runs.ResumeAsync(FleetRig.Command(), run, spentRounds: null, Stop)).Summary.State);
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);
    }

    [Fact]
    public async Task A_cancelled_run_is_over_its_agents_are_free_and_it_can_be_deleted()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        Guid run = default;
        await rig.AddAsync((offer, stop) => offer.Header.RunId == run ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        run = await rig.SubmitAsync("first");
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.RunId == run);
        ServiceRefusedException tooEarly = await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.DeleteAsync(FleetRig.Command(), run, Stop));
        Assert.Equal(ProblemCode.Conflict, tooEarly.Code);

        await rig.Runs.CancelAsync(FleetRig.Command(), run, "a mistake", Stop);

        Assert.Equal(RunStatus.Cancelled, (await rig.OutcomeAsync(run)).Status);
        Assert.Equal((RunState.Cancelled, "a mistake"), ((await rig.FindAsync(run)).Summary.State, (await rig.FindAsync(run)).Summary.Reason));
        Guid next = await rig.SubmitAsync("second");
        mayWork.SetResult();
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(next)).Status);
        await rig.Runs.DeleteAsync(FleetRig.Command(), run, Stop);
        Assert.Equal(ProblemCode.NotFound, (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.FindAsync(run))).Code);
        Assert.Equal([next.ToString()], Directory.EnumerateDirectories(Path.Combine(rig.StateFolder, "blobs")).Select(Path.GetFileName));
    }
}
