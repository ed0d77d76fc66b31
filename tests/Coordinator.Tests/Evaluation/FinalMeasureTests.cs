using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Evaluation;

/// <summary>What agents measure of the published adapter at the end of a run.</summary>
public sealed class FinalMeasureTests : IDisposable
{
    private static readonly ResultMetrics Good = new()
    {
        HeldOut = 4,
        GlobalAccuracy = 0.75,
        GlobalLoss = 0.5,
        ByLabel = new LabelCounts { Actual = [2, 2], Predicted = [1, 3], Right = [1, 2] },
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_agent_is_asked_and_those_without_a_figure_are_named_with_the_reason()
    {
        await using RunRig rig = await StartAsync("a", "b", "c");
        await TrainAsync(rig, "a", "b", "c");
        TaskOffer offer = await AskedAsync(rig, "a");
        TaskOffer declining = await AskedAsync(rig, "b");
        TaskOffer leaving = await AskedAsync(rig, "c");

        rig.Withdraw(leaving.Header.AgentId, FleetAgent.GoodbyeCode);
        await rig.PostAsync(new TaskDeclined
        {
            Header = rig.Reply(declining.Header, nameof(TaskDeclined)),
            Reason = DeclineReason.NoData,
            Detail = "nothing held out",
        });
        await rig.PostAsync(rig.Report(offer, claim: null) with { Metrics = Good });
        FinalMeasures measures = (await EndAsync(rig)).FinalMeasures!;

        Assert.Equal((true, true, ContractVersion.FinalMeasures), (offer.Published, offer.LabelCounts, offer.MinContract));
        Assert.Equal(
            [("a", null), ("b", "declined: NoData"), ("c", "it was gone when the run ended")],
            measures.Agents.Select(agent => (agent.AgentId, agent.Missing)));
        Assert.Equal((1, "a", 0.75), (measures.Accuracy!.Agents, measures.Accuracy.WorstAgent, measures.Accuracy.Worst));
        Assert.Equal([new LabelMeasure("yes", 2, 0.5), new LabelMeasure("no", 2, 1)], measures.Labels);
        Assert.Equal(((2.0 / 3) + 0.8) / 2, measures.MacroF1!.Value, 1e-12);
        Assert.Equal("nothing held out", Told(rig, "b").Detail);
    }

    [Fact]
    public async Task Labels_are_counted_over_all_agents_and_agents_that_keep_their_own_adapter_are_named()
    {
        await using RunRig rig = await StartAsync("a", "b");
        await TrainAsync(rig, "a", "b");

        await MeasureAsync(rig, "a", Good);
        await MeasureAsync(rig, "b", Good with
        {
            GlobalAccuracy = 0.25,
            LocalAccuracy = 0.5,
            KeepsOwn = true,
            ByLabel = new LabelCounts { Actual = [4, 0], Predicted = [1, 3], Right = [1, 0] },
        });
        FinalMeasures measures = (await EndAsync(rig)).FinalMeasures!;

        Assert.Equal(["b"], measures.KeepOwn);
        Assert.Equal((0.5, null), (measures.Agents[1].OwnAccuracy, measures.Agents[0].OwnAccuracy));
        Assert.Equal([new LabelMeasure("yes", 6, 2.0 / 6), new LabelMeasure("no", 2, 1)], measures.Labels);
        Assert.Equal(((4.0 / 8) + (4.0 / 8)) / 2, measures.MacroF1!.Value, 1e-12);
        FigureSpread spread = measures.Accuracy!;
        Assert.Equal(("b", 0.25, 0.5, 0.25), (spread.WorstAgent, spread.Worst, spread.Mean, spread.Deviation));
        Assert.Equal(nameof(ResultMetrics.KeepsOwn), Told(rig, "b").Code);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.Evaluated);
    }

    [Fact]
    public async Task Counts_that_cannot_be_are_refused_and_the_agent_is_named()
    {
        await using RunRig rig = await StartAsync("a");
        await TrainAsync(rig, "a");

        for (int epoch = 1; epoch <= rig.Options.Rounds.MaxAttempts; epoch++)
        {
            TaskOffer offer = await AskedAsync(rig, "a", epoch);
            await rig.PostAsync(rig.Report(offer, claim: null) with { Metrics = Good with { ByLabel = Good.ByLabel! with { Right = [2, 3] } } });
        }

        Assert.Equal("failed: Invalid", Assert.Single((await EndAsync(rig)).FinalMeasures!.Agents).Missing);
        Assert.Equal(RejectionCode.Invalid, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_waited_for_no_longer_than_allowed_and_named()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await StartAsync(time, "a", "b");
        await TrainAsync(rig, "a", "b");
        await MeasureAsync(rig, "a", Good);
        await AskedAsync(rig, "b");
        Assert.Equal(["b"], rig.State.Measurements.UnderWay.Select(work => work.Task.Agent));

        // Once the loop takes another input it has set its timer to the end of the run.
        await rig.HeartbeatAsync("b", boot: 1);
        time.Advance(rig.Options.Rounds.EvaluationTimeout - TimeSpan.FromSeconds(1));
        await rig.HeartbeatAsync("b", boot: 1);
        Assert.False(rig.Outcome.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([null, "it gave no answer within 50s"], (await EndAsync(rig)).FinalMeasures!.Agents.Select(agent => agent.Missing));
        Assert.Equal(CancelReason.RunStopped, (await rig.Sender.ForAsync<TaskCancelled>("b")).Reason);
    }

    [Fact]
    public async Task A_successor_asks_only_those_who_have_not_measured()
    {
        await using (RunRig first = await StartAsync("a", "b"))
        {
            await TrainAsync(first, "a", "b");
            await MeasureAsync(first, "a", Good);
            await AskedAsync(first, "b");
        }

        await using RunRig second = await StartAsync("a", "b");
        await MeasureAsync(second, "b", Good with { GlobalAccuracy = 0.5 });
        FinalMeasures measures = (await EndAsync(second)).FinalMeasures!;

        Assert.Equal([("a", 0.75), ("b", 0.5)], measures.Agents.Select(agent => (agent.AgentId, agent.Accuracy!.Value)));
        Assert.DoesNotContain(second.Sender.Sent, sent => sent is { Queue: "ef.agent.a", Message: TaskOffer });
    }

    [Fact]
    public void A_private_run_has_nothing_measured_that_no_noise_protects()
    {
        CoordinatorOptions options = Settings.Private(folder);

        Assert.False((options with { Rounds = options.Rounds with { FinalMeasure = null } }).MeasuresAtEnd);
        Assert.True((options with { Privacy = null, Rounds = options.Rounds with { FinalMeasure = null } }).MeasuresAtEnd);
    }

    [Fact]
    public async Task The_time_of_each_agent_is_told_by_where_it_went()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await StartAsync(time, "a", "b");
        TaskOffer quick = await rig.OfferAsync("a");
        TaskOffer slow = await rig.OfferAsync("b");
        time.Advance(TimeSpan.FromSeconds(10));
        await rig.PostAsync(rig.Result(quick) with { TrainMs = 4000, TransferMs = 1000 });
        await rig.Sender.EventAsync(RunEventKind.ResultAccepted, happened => happened.AgentId == "a");
        time.Advance(TimeSpan.FromSeconds(5));
        await rig.PostAsync(rig.Result(slow) with { TrainMs = 12_000 });

        RoundFigures figures = (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!;

        Assert.Equal(
            [
                new AgentTimes { AgentId = "a", TaskMs = 10_000, TrainMs = 4000, TransferMs = 1000, WaitMs = 5000 },
                new AgentTimes { AgentId = "b", TaskMs = 15_000, TrainMs = 12_000, WaitMs = 0 },
            ],
            figures.Times);
        Assert.Equal((15_000, 0), (figures.Milliseconds, figures.MergeMs));
        Assert.InRange(figures.StepDivergenceUsed!.Value, figures.DivergenceUsed!.Value, double.MaxValue);
    }

    private Task<RunRig> StartAsync(params string[] agents) => StartAsync(time: null, agents);

    private async Task<RunRig> StartAsync(TimeProvider? time, params string[] agents)
    {
        CoordinatorOptions options = Settings.For(folder, agents.Length, rounds: 1);
        RoundOptions rounds = options.Rounds with { FinalMeasure = true, EvaluationTimeout = TimeSpan.FromSeconds(50) };
        RunRig rig = await RunRig.StartAsync(options with { Rounds = rounds }, time);
        await rig.HelloAllAsync(agents);
        return rig;
    }

    private static async Task TrainAsync(RunRig rig, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent)));
        }
    }

    private static RunEvent Told(RunRig rig, string agent) =>
        Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentMeasured && happened.AgentId == agent);

    private static Task<TaskOffer> AskedAsync(RunRig rig, string agent, int epoch = 1) =>
        rig.Sender.ForAsync<TaskOffer>(agent, offer => offer.Kind == TaskKind.Evaluate && offer.Header.LeaseEpoch == epoch);

    private static async Task MeasureAsync(RunRig rig, string agent, ResultMetrics metrics) =>
        await rig.PostAsync(rig.Report(await AskedAsync(rig, agent), claim: null) with { Metrics = metrics });

    private static Task<RunOutcome> EndAsync(RunRig rig) => rig.Outcome.InTimeAsync();
}
