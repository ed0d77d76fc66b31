using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A private run does not go on from a backup as if what it did after it had spent nothing.</summary>
public sealed class RestoredRunTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_held_says_what_it_may_have_spent_and_counts_what_an_operator_says()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var second = new TaskCompletionSource();
        var fourth = new TaskCompletionSource();
        await rig.AddAsync(
            (offer, stop) => offer.Header.Round switch
            {
                2 => second.Task.WaitAsync(stop),
                4 => fourth.Task.WaitAsync(stop),
                _ => Task.CompletedTask,
            },
            Agents);
        Guid run = await rig.SubmitAsync("private", rounds: 5, but: Private);
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == 2);
        StateBackup.Make(rig.StateFolder, folder["restored"], TimeProvider.System);
        second.SetResult();
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == 4);
        await rig.Host.DieAsync();
        rig.StateFolder = folder["restored"];
        await rig.RestartAsync();
        fourth.SetResult();

        RunSummary held = (await rig.FindAsync(run)).Summary;
        ServiceRefusedException unsaid = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ResumeAsync(FleetRig.Command(), run, spentRounds: null, Stop));
        ServiceRefusedException wrong = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ResumeAsync(FleetRig.Command(), run, spentRounds: -1, Stop));
        await rig.RestartAsync();
        RunState stillHeld = (await rig.FindAsync(run)).Summary.State;
        await rig.Runs.ResumeAsync(FleetRig.Command(), run, spentRounds: 2, Stop);
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal((RunState.Paused, RunState.Paused), (held.State, stillHeld));
        Assert.StartsWith("the service was restored from a backup of 20", held.Reason, StringComparison.Ordinal);
        Assert.Contains("1 rounds are known, which have spent ε = ", held.Reason, StringComparison.Ordinal);
        Assert.Contains($"edgeflora runs resume {run} --spent-rounds N", held.Reason, StringComparison.Ordinal);
        Assert.StartsWith("held: the service was restored", held.Waiting!.Sentence, StringComparison.Ordinal);
        Assert.Equal((ProblemCode.Conflict, ProblemCode.InvalidInput), (unsaid.Code, wrong.Code));
        Assert.Equal("spentRounds is -1; it must be 0 … 10000.", wrong.Message);

        // Round 1 in the backup, two that it does not know of, and rounds 3 to 5; round 2 was open in it and is given up.
        Assert.Equal((RunStatus.Incomplete, 6), (outcome.Status, outcome.Privacy!.Sums));
        Assert.Equal([1, 3, 4, 5], outcome.Rounds.Where(round => round.Figures is not null).Select(round => round.Round));
        Assert.Equal(Options.EpsilonAfter(6), outcome.Privacy.Epsilon);
        Assert.StartsWith(
            "given up: the service was restored",
            (await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundSkipped)).Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_did_nothing_since_goes_on_with_the_round_that_was_open()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), Agents);
        Guid run = await rig.SubmitAsync("private", but: Private);
        Guid ordinary = await rig.SubmitAsync("ordinary", agentsNeeded: 9);
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened);
        await rig.Host.DieAsync();
        Copy(rig.StateFolder, folder["restored"]);
        rig.StateFolder = folder["restored"];
        await rig.RestartAsync();
        mayWork.SetResult();

        ServiceRefusedException other = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ResumeAsync(FleetRig.Command(), ordinary, spentRounds: 1, Stop));
        string? reason = (await rig.FindAsync(run)).Summary.Reason;
        RunState untouched = (await rig.FindAsync(ordinary)).Summary.State;
        await rig.Runs.ResumeAsync(FleetRig.Command("key"), run, spentRounds: 0, Stop);
        await rig.Runs.ResumeAsync(FleetRig.Command("key"), run, spentRounds: 0, Stop);
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.StartsWith("the service was restored from a backup, or its state folder was copied, and", reason, StringComparison.Ordinal);
        Assert.Equal((RunState.Queued, ProblemCode.InvalidInput), (untouched, other.Code));
        Assert.Equal((RunStatus.Completed, 2), (outcome.Status, outcome.Privacy!.Sums));
    }

    [Fact]
    public async Task A_service_that_is_started_again_where_it_was_holds_nothing_unless_it_is_told_to()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("private", but: Private);

        await rig.RestartAsync();
        RunState again = (await rig.FindAsync(run)).Summary.State;
        rig.Restored = true;
        await rig.RestartAsync();

        Assert.Equal((RunState.Queued, RunState.Paused), (again, (await rig.FindAsync(run)).Summary.State));
    }

    [Fact]
    public async Task A_coordinator_of_one_run_refuses_a_private_run_of_a_backup_and_says_how_it_goes_on()
    {
        CoordinatorOptions options = Settings.Private(folder);
        await using (Federation federation = await Federation.StartAsync(folder, options))
        {
            await federation.AddAsync(Agents);
            await federation.CrashAsync("after open");
        }

        Copy(options.Store.StateFolder, folder["restored"]);
        await using Federation restored = await Federation.StartAsync(
            folder, options with { Store = new StoreOptions { StateFolder = folder["restored"] } });

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(() => restored.RunAsync());

        Assert.Contains("holds private run 'test', whose rounds after that have spent of its budget", refused.Message, StringComparison.Ordinal);
        Assert.Matches("edgeflora runs resume [0-9a-f-]{36} --spent-rounds N", refused.Message);
    }

    private static PrivacyRunOptions Options { get; } = new() { NoiseMultiplier = 4, ClipNorm = 0.2, Budget = 100, SamplingRate = 1 };

    private static RunSpec Private(RunSpec spec) => spec with
    {
        Privacy = Options,
        Aggregation = spec.Aggregation with { Strategy = "FfaLora" },
        Training = spec.Training with { UpdateCodec = "fp32", BroadcastCodec = "fp32" },
    };

    /// <summary>As by hand: the lock file is another one, whatever else is the same.</summary>
    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
