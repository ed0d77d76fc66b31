using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Evaluation;

public sealed class EvaluationHandlerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_first_adapter_is_measured_before_any_training_and_without_hyper_parameters()
    {
        await using RunRig rig = await StartAsync();

        TaskOffer offer = await rig.OfferAsync("judge", round: 0);

        Assert.Equal(TaskKind.Evaluate, offer.Kind);
        Assert.Null(offer.Hyper);
    }

    [Fact]
    public async Task A_measurement_is_stored_once_and_its_copy_answered_as_a_duplicate()
    {
        await using RunRig rig = await StartAsync();
        ResultReady figures = rig.Report(await rig.OfferAsync("judge", round: 0), claim: null);

        await rig.PostAsync(figures);
        await rig.Sender.ForAsync<ResultAck>("judge");
        await rig.PostAsync(figures with { Metrics = new ResultMetrics { GlobalAccuracy = 1 } });

        Assert.Equal(RejectionCode.Duplicate, (await rig.Sender.ForAsync<ResultRejected>("judge")).Code);
        Assert.Equal(0.5, Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.Evaluated).GlobalAccuracy);
    }

    [Fact]
    public async Task A_restarted_evaluator_is_asked_again_under_a_new_epoch()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer first = await rig.OfferAsync("judge", round: 0);
        await rig.PostAsync(new TaskAccepted { Header = rig.Reply(first.Header, nameof(TaskAccepted)) });

        await rig.HelloAsync("judge", boot: 2, Judge);

        Assert.Equal(first.Header.TaskId, (await rig.OfferAsync("judge", round: 0, epoch: 2)).Header.TaskId);
    }

    [Fact]
    public async Task The_end_of_the_run_waits_for_measurements_and_no_longer_than_allowed()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await StartAsync(time);
        await rig.HelloAsync("a");
        await rig.PostAsync(rig.Result(await rig.OfferAsync("a")));
        await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
        Assert.False(rig.Outcome.IsCompleted);

        // Once the loop takes another input it has set its timer to the end of the run.
        await rig.HeartbeatAsync("a", boot: 1);
        time.Advance(rig.Options.Rounds.EvaluationTimeout);

        RunOutcome outcome = await rig.Outcome.InTimeAsync();
        Assert.Equal((RunStatus.Completed, 0), (outcome.Status, outcome.Evaluations.Count));
    }

    private static AgentHello Judge(AgentHello hello) => hello with { Role = AgentRole.Evaluator };

    private async Task<RunRig> StartAsync(TimeProvider? time = null)
    {
        CoordinatorOptions options = Settings.For(folder, agents: 1, rounds: 1);
        RunRig rig = await RunRig.StartAsync(
            options with { Rounds = options.Rounds with { Evaluators = 1, EvaluationTimeout = TimeSpan.FromMinutes(2) } }, time);
        await rig.HelloAsync("judge", but: Judge);
        return rig;
    }
}
