using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs that begin from another's model, or from an adapter in a folder.</summary>
public sealed class RunSubmissionsTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
}
