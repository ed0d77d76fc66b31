using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>
/// A kill of the service while it holds a run in each state there is; over a real broker: Integration.Tests/Service/KilledServiceTests.
/// </summary>
public sealed class KilledInEveryStateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_run_is_found_again_in_its_state_with_its_reason_and_its_rounds()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        Second second = Second.Works;
        await rig.AddAsync(
            (offer, stop) => (offer.Header.Round, second) switch
            {
                (2, Second.SaysNothing) => throw new OperationCanceledException(),
                (2, Second.IsHeld) => mayWork.Task.WaitAsync(stop),
                _ => Task.CompletedTask,
            },
            "a", "b");
        await rig.OutcomeAsync(await rig.SubmitAsync("completed", agentsNeeded: 1));
        second = Second.SaysNothing;
        Guid incomplete = await rig.SubmitAsync("incomplete", agentsNeeded: 1, but: Brief);
        Assert.Equal(RunStatus.Incomplete, (await rig.OutcomeAsync(incomplete)).Status);
        second = Second.IsHeld;
        Guid failed = await rig.SubmitAsync("failed", agentsNeeded: 9, but: spec => spec with { WaitFor = TimeSpan.Zero });
        Guid cancelled = await rig.SubmitAsync("cancelled", agentsNeeded: 9);
        await rig.Runs.CancelAsync(FleetRig.Command(), cancelled, "a mistake", Stop);
        await rig.SubmitAsync("queued", agentsNeeded: 9);
        Guid paused = await rig.SubmitAsync("paused before it began", agentsNeeded: 9);
        await rig.Runs.PauseAsync(FleetRig.Command(), paused, "not yet", Stop);
        Guid running = await rig.SubmitAsync("running", agentsNeeded: 1, but: OfOneAgent);
        await rig.Events.SeenAsync(e => e.RunId == running && e.Kind == RunEventKind.RoundOpened && e.Round == 2);
        Guid pausedUnderWay = await rig.SubmitAsync("paused under way", rounds: 3, agentsNeeded: 1, but: OfOneAgent);
        await rig.Events.SeenAsync(e => e.RunId == pausedUnderWay && e.Kind == RunEventKind.RoundOpened && e.Round == 2);
        await rig.Runs.PauseAsync(FleetRig.Command(), pausedUnderWay, "for the night", Stop);
        await EndAsync(rig, failed);
        string[] before = await TellAsync(rig);

        await rig.RestartAsync();

        Assert.Equal(before, await TellAsync(rig));
        Assert.Equal(Enum.GetNames<RunState>().Order(), before.Select(line => line.Split(' ')[0]).Distinct().Order());
        mayWork.SetResult();
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(running)).Status);
        await rig.Runs.ResumeAsync(FleetRig.Command(), pausedUnderWay, spentRounds: null, Stop);
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(pausedUnderWay)).Status);
    }

    /// <summary>What agents do in second rounds.</summary>
    private enum Second
    {
        Works,
        SaysNothing,
        IsHeld,
    }

    private static RunSpec OfOneAgent(RunSpec spec) => spec with { Rounds = spec.Rounds with { AgentsPerRound = 1, OverSelection = 1 } };

    private static RunSpec Brief(RunSpec spec) => spec with
    {
        Rounds = spec.Rounds with { SoftDeadline = TimeSpan.FromSeconds(1), HardDeadline = TimeSpan.FromSeconds(1), Extensions = 0 },
    };

    /// <summary>A run's events end with it.</summary>
    private static async Task EndAsync(FleetRig rig, Guid run)
    {
        await foreach (EventEnvelope _ in rig.Runs.EventsAsync(new EventFilter { RunId = run, Follow = true }, Stop))
        {
            // Which, does not matter.
        }
    }

    /// <summary>What is told of each run: state, name, reason, rounds.</summary>
    private static async Task<string[]> TellAsync(FleetRig rig) =>
    [
        .. (await rig.Runs.ListAsync(new(), Stop)).Items.Select(
            run => $"{run.State} {run.Name}: {run.Reason}, {run.RoundsCommitted} of {run.Rounds} rounds, priority {run.Priority}"),
    ];
}
