using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs of a service that is restarted, asked again, and kept for a time.</summary>
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
    public async Task Whoever_follows_a_run_that_is_cancelled_before_it_began_is_told_of_its_end()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        Guid run = await rig.SubmitAsync("queued");
        await using IAsyncEnumerator<EventEnvelope> events = rig.Runs.EventsAsync(new EventFilter { RunId = run, Follow = true }, Stop).GetAsyncEnumerator(Stop);
        ValueTask<bool> next = events.MoveNextAsync();
        Assert.False(next.IsCompleted);

        await rig.Runs.CancelAsync(FleetRig.Command(), run, reason: null, Stop);

        Assert.False(await next.AsTask().InTimeAsync());
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
