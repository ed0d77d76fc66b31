using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What operators do to runs, and that all of it outlives the service.</summary>
public sealed class RunServiceTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_waits_for_its_agents_says_for_how_many_and_a_successor_starts_it()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("first");
        await rig.AddAsync(null, "a", "b");
        RunSummary summary = (await rig.FindAsync(run)).Summary;
        Assert.Equal((RunState.Queued, WaitKind.Agents), (summary.State, summary.Waiting?.Kind));

        await rig.RestartAsync();
        Assert.Equal(RunState.Queued, (await rig.FindAsync(run)).Summary.State);
        await rig.AddAsync(null, "c");

        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);
    }

    [Fact]
    public async Task A_run_under_way_goes_on_after_a_kill_and_gives_the_same_model()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((offer, stop) => offer.Header.Round == 2 ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid run = await rig.SubmitAsync("first");
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == 2);

        await rig.RestartAsync();
        Assert.Equal(RunState.Running, (await rig.FindAsync(run)).Summary.State);
        mayWork.SetResult();

        RunOutcome outcome = await rig.OutcomeAsync(run);
        Assert.Equal((await rig.OutcomeAsync(await rig.SubmitAsync("undisturbed"))).ModelSha256, outcome.ModelSha256);
        await rig.RestartAsync();
        Assert.Equal((RunState.Completed, outcome.ModelSha256), ((await rig.FindAsync(run)).Summary.State, (await rig.FindAsync(run)).ModelSha256));
    }

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

        Assert.Equal(RunState.Running, (await rig.Runs.ResumeAsync(FleetRig.Command(), run, Stop)).Summary.State);
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

    [Fact]
    public async Task Rounds_can_be_added_under_way_and_a_change_that_does_not_fit_changes_nothing()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((_, stop) => mayWork.Task.WaitAsync(stop), Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 1);
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened);

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 0, MinAgents = 0, Note = "x" }, Stop));
        Assert.Equal(ProblemCode.InvalidInput, refused.Code);
        Assert.Equal(["rounds.count", "agents.min"], refused.Mistakes.Select(mistake => mistake.Setting));
        Assert.All(refused.Mistakes, mistake => Assert.StartsWith($"{mistake.Setting} is 0; it must be", mistake.Sentence, StringComparison.Ordinal));
        Assert.Null((await rig.FindAsync(run)).Summary.Note);
        RunDetail changed = await rig.Runs.ChangeAsync(FleetRig.Command(), run, new RunChange { Rounds = 3, Note = "longer" }, Stop);
        mayWork.SetResult();

        Assert.Equal((3, "longer"), (changed.Summary.Rounds, changed.Summary.Note));
        Assert.Equal([1, 2, 3], (await rig.OutcomeAsync(run)).Rounds.Select(round => round.Round));
    }

    /// <summary>What a run shows of its spec can be submitted again, changes and all.</summary>
    [Fact]
    public async Task A_changed_run_shows_the_spec_that_would_have_asked_for_it()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("first");
        var change = new RunChange
        {
            Rounds = 7,
            MinAgents = 4,
            AgentsPerRound = 5,
            Quorum = 0.5,
            SoftDeadline = TimeSpan.FromSeconds(90),
            HardDeadline = TimeSpan.FromHours(2),
            Priority = 3,
        };

        RunDetail changed = await rig.Runs.ChangeAsync(FleetRig.Command(), run, change, Stop);

        RunSpecReading again = RunSpecReader.Read(changed.Spec);
        Assert.Empty(again.Mistakes);
        RoundOptions rounds = again.Spec!.Rounds;
        Assert.Equal((7, 4, 5, 0.5), (rounds.Count, rounds.MinAgents, rounds.AgentsPerRound, rounds.Quorum));
        Assert.Equal((90, 7200, 3), (rounds.SoftDeadline.TotalSeconds, rounds.HardDeadline.TotalSeconds, again.Spec.Priority));
    }

    [Fact]
    public async Task A_fork_begins_from_a_committed_model_and_goes_on_as_the_run_would_have()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 2);
        RunOutcome source = await rig.OutcomeAsync(run);

        RunDetail fork = await rig.Runs.ForkAsync(FleetRig.Command(), run, fromRound: 1, FleetRig.Submission("fork", rounds: 1), Stop);
        RunOutcome outcome = await rig.OutcomeAsync(fork.Summary.Id);

        Assert.Equal((run, 1), (fork.ForkedFrom!.RunId, fork.ForkedFrom.Round));
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.NotEqual(source.Rounds[0].Figures!.ModelSha256, outcome.ModelSha256);
        ServiceRefusedException other = await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.ForkAsync(
            FleetRig.Command(),
            run,
            fromRound: null,
            FleetRig.Submission("other", but: spec => spec with { Lora = spec.Lora with { Rank = 3 } }),
            Stop));
        Assert.Equal(ProblemCode.InvalidChange, other.Code);
        Assert.Equal(
            ProblemCode.NotFound,
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.ForkAsync(FleetRig.Command(), run, fromRound: 7, FleetRig.Submission("other"), Stop))).Code);
    }

    [Fact]
    public async Task Whoever_follows_a_run_that_is_cancelled_before_it_began_is_told_of_its_end()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("queued");
        await using IAsyncEnumerator<EventEnvelope> events = rig.Runs.EventsAsync(new EventFilter { RunId = run, Follow = true }, Stop).GetAsyncEnumerator(Stop);
        ValueTask<bool> next = events.MoveNextAsync();
        Assert.False(next.IsCompleted);

        await rig.Runs.CancelAsync(FleetRig.Command(), run, reason: null, Stop);

        Assert.False(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(60), Stop));
    }

    [Fact]
    public async Task A_run_begins_from_a_PEFT_folder_as_it_does_from_the_model_that_was_written_there()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 1);
        await rig.OutcomeAsync(run);
        string adapter = Path.Combine(folder["out"], run.ToString(), "adapter");

        RunOutcome fork = await rig.OutcomeAsync(
            (await rig.Runs.ForkAsync(FleetRig.Command(), run, fromRound: 1, FleetRig.Submission("fork", rounds: 1), Stop)).Summary.Id);
        RunOutcome from = await rig.OutcomeAsync(
            await rig.SubmitAsync("from", rounds: 1, but: spec => spec with { StartFrom = new StartingPoint { Adapter = adapter } }));

        Assert.Equal((RunStatus.Completed, fork.ModelSha256), (from.Status, from.ModelSha256));
        Guid other = await rig.SubmitAsync(
            "other",
            but: spec => spec with { StartFrom = new StartingPoint { Adapter = adapter }, Lora = spec.Lora with { Rank = 3 } });
        await foreach (EventEnvelope _ in rig.Runs.EventsAsync(new EventFilter { RunId = other, Follow = true }, Stop))
        {
        }

        RunSummary refused = (await rig.FindAsync(other)).Summary;
        Assert.Equal(RunState.Failed, refused.State);
        Assert.Contains("which is not of the run's shape (lora): its rank is 2, expected 3", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "can't be read as the folder of a PEFT adapter")]
    [InlineData(true, "whose classes are yes, no; labels are no, yes")]
    public async Task An_adapter_that_a_run_can_not_begin_from_is_refused_at_submission(bool isThere, string sentence)
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 1);
        await rig.OutcomeAsync(run);
        string adapter = Path.Combine(folder["out"], run.ToString(), isThere ? "adapter" : "nowhere");

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.SubmitAsync("from", but: spec => spec with { StartFrom = new StartingPoint { Adapter = adapter }, Labels = ["no", "yes"] }));

        Assert.Equal((ProblemCode.InvalidInput, "startFrom.adapter"), (refused.Code, Assert.Single(refused.Mistakes).Setting));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_rests_on_a_changed_base_can_not_be_begun_from()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("stacked", but: spec => spec with { Aggregation = spec.Aggregation with { Strategy = "FloraStack" } });
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.Runs.ForkAsync(FleetRig.Command(), run, fromRound: null, FleetRig.Submission("fork"), Stop));
        ServiceRefusedException same = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => rig.SubmitAsync("from", but: spec => spec with { StartFrom = new StartingPoint { RunId = run } }));

        Assert.Equal((ProblemCode.InvalidChange, refused.Message), (same.Code, same.Message));
        Assert.Contains("has folded changes into the base weights (strategy FloraStack)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_run_that_is_over_the_newest_models_are_kept_and_a_removed_one_is_refused_with_a_sentence()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first", rounds: 3, but: spec => spec with { Retention = new RunRetention { Models = 2 } });
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal(
            [false, true, true],
            outcome.Rounds.Select(
                round => new BlobStore(Path.Combine(rig.StateFolder, "blobs", run.ToString())).Contains(round.Figures!.ModelSha256)));
        Assert.Equal(outcome.ModelSha256, (await rig.Runs.ExportAsync(run, round: null, Stop)).ModelSha256);
        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.ExportAsync(run, round: 1, Stop));
        Assert.Contains("the newest 2 are kept (retention.models)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_time_has_come_is_deleted()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("first", but: spec => spec with { Retention = new RunRetention { DeleteAfter = TimeSpan.Zero } });
        await rig.OutcomeAsync(run);

        await rig.OutcomeAsync(await rig.SubmitAsync("second"));

        Assert.Equal("second", Assert.Single((await rig.Runs.ListAsync(new(), Stop)).Items).Name);
        Assert.False(Directory.Exists(Path.Combine(rig.StateFolder, "blobs", run.ToString())));
    }

    [Fact]
    public async Task A_repeat_of_a_command_gets_the_same_answer_and_does_nothing()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        CommandContext command = FleetRig.Command("key-1", "print");

        RunDetail first = await rig.Runs.SubmitAsync(command, FleetRig.Submission("first"), Stop);
        await rig.RestartAsync();
        RunDetail again = await rig.Runs.SubmitAsync(command, FleetRig.Submission("first"), Stop);

        Assert.Equal(first.Summary.Id, again.Summary.Id);
        Assert.Single((await rig.Runs.ListAsync(new(), Stop)).Items);
        Assert.Equal(
            ProblemCode.KeyReused,
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => rig.Runs.SubmitAsync(command with { Fingerprint = "other" }, FleetRig.Submission("second"), Stop))).Code);
    }
}
