using System.Text.Json.Nodes;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Evaluation;

/// <summary>Which round's model is a run's, and runs that end early.</summary>
public sealed class BestRoundTests : IDisposable
{
    private static readonly BestModelOptions Impatient = new() { Keep = true, Patience = 1 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_that_gets_no_better_ends_early_and_its_adapter_is_that_of_its_best_round()
    {
        await using RunRig rig = await StartAsync(Impatient, kept: 1);
        string best = await CommitAsync(rig, 1);
        await JudgeAsync(rig, 1, loss: 0.5);
        await CommitAsync(rig, 2);
        await OfferAsync(rig, 3);
        await JudgeAsync(rig, 2, loss: 0.7);
        await CommitAsync(rig, 3);
        await JudgeAsync(rig, 3, loss: 0.6);

        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal((RunStatus.Completed, "stopped early: no better loss since round 1", 3), (outcome.Status, outcome.Note, outcome.Rounds.Count));
        Assert.Equal((1, best), (outcome.PublishedRound, outcome.ModelSha256));
        Assert.Equal("best loss of 3 measured rounds: 0.5, by the evaluator", outcome.PublishedReason);
        Assert.Equal(Values(rig, best), Values(PeftFolder.Read(outcome.AdapterFolder!)));
        JsonNode ledger = JsonNode.Parse(File.ReadAllText(outcome.LedgerFile!))!;
        Assert.Equal((1, best, outcome.Note), ((int)ledger["publishedRound"]!, (string)ledger["modelSha256"]!, (string)ledger["note"]!));
        Assert.Equal(outcome.Note, Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.RunCompleted).Detail);
    }

    [Fact]
    public async Task Of_equal_rounds_the_earlier_one_is_the_runs()
    {
        await using RunRig rig = await StartAsync(new BestModelOptions { Keep = true }, rounds: 2);
        string earlier = await CommitAsync(rig, 1);
        await JudgeAsync(rig, 1, loss: 0.5);
        await CommitAsync(rig, 2);
        await JudgeAsync(rig, 2, loss: 0.5);

        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal((1, earlier, null), (outcome.PublishedRound, outcome.ModelSha256, outcome.Note));
    }

    [Fact]
    public async Task The_newest_round_is_the_runs_where_nothing_else_is_asked()
    {
        await using RunRig rig = await StartAsync(best: null, rounds: 2);
        await CommitAsync(rig, 1);
        await JudgeAsync(rig, 1, loss: 0.1);
        string newest = await CommitAsync(rig, 2);
        await JudgeAsync(rig, 2, loss: 0.9);

        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal((2, null, newest), (outcome.PublishedRound, outcome.PublishedReason, outcome.ModelSha256));
    }

    [Fact]
    public async Task A_measurement_that_comes_while_a_round_waits_for_its_agents_takes_that_round_back()
    {
        await using RunRig rig = await StartAsync(Impatient);
        await CommitAsync(rig, 1);
        await JudgeAsync(rig, 1, loss: 0.5);
        TaskOffer offer = await rig.OfferAsync("a", round: 2);
        Task reported = rig.PostAsync(rig.Result(offer));
        rig.Withdraw("a", FleetAgent.GoodbyeCode);
        await reported;
        await CommittedAsync(rig, 2);

        await JudgeAsync(rig, 2, loss: 0.7);
        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal((RunStatus.Completed, "stopped early: no better loss since round 1"), (outcome.Status, outcome.Note));
        Assert.Equal([1, 2], outcome.Rounds.Select(round => round.Round));
    }

    [Fact]
    public async Task An_evaluator_that_never_answers_stops_nothing_and_is_not_waited_for_longer_than_allowed()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await StartAsync(Impatient, rounds: 2, time: time);
        await CommitAsync(rig, 1);
        await CommitAsync(rig, 2);

        // Once the loop takes another input it has set its timer to the end of the run.
        await rig.HeartbeatAsync("a", boot: 1);
        time.Advance(rig.Options.Rounds.EvaluationTimeout);
        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal((RunStatus.Completed, null, 2), (outcome.Status, outcome.Note, outcome.PublishedRound));
        Assert.Equal("the newest: no evaluator measured the loss of a round", outcome.PublishedReason);
    }

    [Fact]
    public async Task A_successor_ends_the_run_as_its_predecessor_had_decided()
    {
        await using (RunRig first = await StartAsync(Impatient))
        {
            await CommitAsync(first, 1);
            await JudgeAsync(first, 1, loss: 0.5);
            await CommitAsync(first, 2);
            await OfferAsync(first, 3);
            await JudgeAsync(first, 2, loss: 0.7);
            await CommitAsync(first, 3);
        }

        await using RunRig second = await StartAsync(Impatient);
        await JudgeAsync(second, 3, loss: 0.6);
        RunOutcome outcome = await EndAsync(second);

        Assert.Equal((RunStatus.Completed, "stopped early: no better loss since round 1", 1), (outcome.Status, outcome.Note, outcome.PublishedRound));
    }

    [Fact]
    public async Task A_successor_knows_the_figures_that_its_predecessor_had()
    {
        await using (RunRig first = await StartAsync(Impatient))
        {
            await CommitAsync(first, 1);
            await JudgeAsync(first, 1, loss: 0.5);
            await CommitAsync(first, 2);
        }

        await using RunRig second = await StartAsync(Impatient);
        await JudgeAsync(second, 2, loss: 0.7);
        await CommitAsync(second, 3);
        await JudgeAsync(second, 3, loss: 0.6);
        RunOutcome outcome = await EndAsync(second);

        Assert.Equal(("stopped early: no better loss since round 1", 1), (outcome.Note, outcome.PublishedRound));
    }

    [Fact]
    public async Task Agents_figures_are_of_the_model_they_started_from_and_the_newest_is_measured_at_the_end()
    {
        await using RunRig rig = await StartAsync(Impatient with { By = MeasuredBy.Agents }, evaluators: 0, measuresAtEnd: true);
        string best = await CommitAsync(rig, 1, lossOfStart: 0.1);
        await CommitAsync(rig, 2, lossOfStart: 0.5);
        await CommitAsync(rig, 3, lossOfStart: 0.7);
        await MeasureAsync(rig, 3, loss: 0.6);
        await MeasureAsync(rig, 1, loss: 0.5);

        RunOutcome outcome = await EndAsync(rig);

        Assert.Equal(("stopped early: no better loss since round 1", 1, best), (outcome.Note, outcome.PublishedRound, outcome.ModelSha256));
        Assert.Equal("best loss of 3 measured rounds: 0.5, by the agents", outcome.PublishedReason);
        Assert.Equal(1, outcome.FinalMeasures!.Round);
    }

    [Fact]
    public async Task A_successor_knows_what_agents_measured_in_earlier_rounds()
    {
        BestModelOptions byAgents = Impatient with { By = MeasuredBy.Agents };
        await using (RunRig first = await StartAsync(byAgents, evaluators: 0))
        {
            await CommitAsync(first, 1, lossOfStart: 0.1);
            await CommitAsync(first, 2, lossOfStart: 0.5);
        }

        await using RunRig second = await StartAsync(byAgents, evaluators: 0);
        await CommitAsync(second, 3, lossOfStart: 0.7);
        RunOutcome outcome = await EndAsync(second);

        Assert.Equal(("stopped early: no better loss since round 1", 1), (outcome.Note, outcome.PublishedRound));
    }

    private async Task<RunRig> StartAsync(
        BestModelOptions? best, int rounds = 6, int evaluators = 1, bool measuresAtEnd = false, int kept = int.MaxValue, TimeProvider? time = null)
    {
        CoordinatorOptions options = Settings.For(folder, agents: 1, rounds);
        RunRig rig = await RunRig.StartAsync(
            options with { Rounds = options.Rounds with { Evaluators = evaluators, Best = best, FinalMeasure = measuresAtEnd } },
            time,
            but: terms => terms with { KeptModels = kept });
        if (evaluators > 0)
        {
            await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });
        }

        await rig.HelloAsync("a");
        return rig;
    }

    private static async Task<string> CommitAsync(RunRig rig, int round, double lossOfStart = 1)
    {
        TaskOffer offer = await OfferAsync(rig, round);
        await rig.PostAsync(rig.Result(offer) with { Metrics = new ResultMetrics { GlobalLoss = lossOfStart, HeldOut = 5 } });
        return await CommittedAsync(rig, round);
    }

    /// <summary>The round is open from here on: what is measured later ends it no more.</summary>
    private static Task<TaskOffer> OfferAsync(RunRig rig, int round) =>
        rig.Sender.ForAsync<TaskOffer>("a", offer => offer.Kind == TaskKind.Train && offer.Header.Round == round);

    private static async Task<string> CommittedAsync(RunRig rig, int round) =>
        (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round)).Figures!.ModelSha256;

    private static Task JudgeAsync(RunRig rig, int round, double loss) => MeasureAsync(rig, round, loss, "judge");

    /// <summary>Answers every measurement up to a round's, for models are measured in order.</summary>
    private static async Task MeasureAsync(RunRig rig, int round, double loss, string by = "a")
    {
        for (int earlier = by == "judge" && round == 1 ? 0 : round; earlier <= round; earlier++)
        {
            TaskOffer offer = await rig.Sender.ForAsync<TaskOffer>(by, offer => offer.Kind == TaskKind.Evaluate && offer.Header.Round == earlier);
            await rig.PostAsync(rig.Report(offer, claim: null) with { Metrics = new ResultMetrics { GlobalLoss = loss, HeldOut = 5 } });
        }
    }

    private static Task<RunOutcome> EndAsync(RunRig rig) => rig.Outcome.InTimeAsync();

    private static float[] Values(RunRig rig, string sha256)
    {
        byte[] body = rig.Blobs.ReadAll(sha256);
        return Values(AdapterPayload.Decode(body, AdapterPayload.Describe(body, maxParameters: 1_000_000).Shape));
    }

    private static float[] Values(LoraAdapter adapter) =>
        [.. adapter.Modules.OrderBy(module => module.Key, StringComparer.Ordinal).SelectMany(module => module.Value.A.Values.ToArray())];
}
