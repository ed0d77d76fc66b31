using System.Text.Json.Nodes;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests;

/// <summary>What a run of a language model does otherwise than one of a classifier.</summary>
public sealed class LanguageRunTests : IDisposable
{
    private static readonly ResultMetrics Measured = new()
    {
        GlobalLoss = 2.5,
        LocalLoss = 2.25,
        GlobalBitsPerByte = 3.5,
        LocalBitsPerByte = 3.25,
        HeldOut = 5,
        HeldOutTokens = 400,
        TrainingTokens = 9000,
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Offers_name_the_task_cut_texts_alike_ask_for_no_head_and_need_an_agent_that_knows_it()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.ForLanguage(folder, agents: 1));
        await rig.HelloAsync("a");
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });

        TaskOffer offer = await rig.OfferAsync("a");
        TaskOffer measuring = await rig.OfferAsync("judge", round: 0);

        Assert.Equal((LearningTask.LanguageModel, ContractVersion.LanguageModels), (offer.Task, offer.MinContract));
        Assert.Equal(
            (LearningTask.LanguageModel, offer.Hyper!.MaxTokens, offer.MinContract), (measuring.Task, measuring.MaxTokens, measuring.MinContract));
        Assert.Empty(offer.Labels);
        Assert.Empty(offer.Lora.ModulesToSave);
        Assert.Empty(rig.Broadcast(offer).Saved);
        Assert.Equal(4, rig.Broadcast(offer).Modules.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_base_that_predicts_no_tokens_is_refused(bool encoder)
    {
        CoordinatorOptions options = Settings.ForLanguage(folder) with
        {
            BaseModelFolder = encoder ? BaseModel.Write(folder["encoder"]) : BaseModel.WriteDecoder(folder["no-outputs"], outputs: false),
        };

        var refusal = await Assert.ThrowsAsync<CoordinatorOptionsException>(() => BaseModelFiles.ReadAsync(
            options, TestContext.Current.CancellationToken));

        Assert.Equal(
            $"BaseModelFolder is '{options.BaseModelFolder}', which predicts no tokens: it is an encoder, or its checkpoint has no lm_head. Task "
            + $"LanguageModel takes a decoder such as gpt2 or llama.",
            refusal.Message);
    }

    [Fact]
    public async Task What_agents_measured_is_told_and_kept()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.ForLanguage(folder, agents: 1, rounds: 1));
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });
        await rig.PostAsync(
            rig.Report(await rig.OfferAsync("judge", round: 0), claim: null) with { Metrics = new ResultMetrics { GlobalLoss = 4.5, GlobalBitsPerByte = 6, HeldOut = 5, HeldOutTokens = 70 } });
        await rig.HelloAsync("a");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("a")) with { Metrics = Measured });

        RunEvent accepted = await rig.Sender.EventAsync(RunEventKind.ResultAccepted);
        Assert.Equal((2.5, 2.25, 3.5, 3.25), (accepted.GlobalLoss, accepted.LocalLoss, accepted.GlobalBitsPerByte, accepted.LocalBitsPerByte));
        RunEvent evaluated = await rig.Sender.EventAsync(RunEventKind.Evaluated);
        Assert.Equal((4.5, 6.0, null), (evaluated.GlobalLoss, evaluated.GlobalBitsPerByte, evaluated.GlobalAccuracy));
        await rig.PostAsync(rig.Report(await rig.OfferAsync("judge", round: 1), claim: null) with { Metrics = Measured });
        RunOutcome outcome = await rig.Outcome.InTimeAsync();
        Assert.Equal(Measured, Assert.Single(Assert.Single(outcome.Rounds).Agents).Metrics);
        Assert.Equal([4.5, 2.5], outcome.Evaluations.Select(evaluation => evaluation.Metrics.GlobalLoss));
    }

    public static TheoryData<ResultMetrics, string> Impossible => new()
    {
        { Measured with { GlobalBitsPerByte = double.PositiveInfinity }, "GlobalBitsPerByte is Infinity" },
        { Measured with { LocalBitsPerByte = -1 }, "LocalBitsPerByte is -1" },
        { Measured with { HeldOutTokens = -1 }, "negative time or number of examples or tokens" },
        { Measured with { TrainingTokens = -1 }, "negative time or number of examples or tokens" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task Figures_that_can_not_be_are_refused(ResultMetrics metrics, string why)
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.ForLanguage(folder, agents: 1));
        await rig.HelloAsync("a");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("a")) with { Metrics = metrics });

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Contains(why, rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_an_agent_declined_is_told_in_its_own_words()
    {
        await using RunRig rig = await RunRig.StartAsync(Settings.ForLanguage(folder, agents: 1));
        await rig.HelloAsync("a");
        TaskOffer offer = await rig.OfferAsync("a");

        await rig.PostAsync(
            new TaskDeclined { Header = rig.Reply(offer.Header, nameof(TaskDeclined)), Reason = DeclineReason.NoData, Detail = "Line 3: " + new string('x', 1000) });

        RunEvent declined = await rig.Sender.EventAsync(RunEventKind.TaskDeclined);
        Assert.Equal("NoData", declined.Code);
        Assert.Equal("Line 3: " + new string('x', 492), declined.Detail);
    }

    [Fact]
    public async Task A_run_leaves_an_adapter_for_writing_and_a_ledger_without_labels()
    {
        CoordinatorOptions options = Settings.ForLanguage(folder);
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a", "b", "c"]);

        RunOutcome outcome = await federation.RunAsync();

        JsonNode config = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(outcome.AdapterFolder!, "adapter_config.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("CAUSAL_LM", config["task_type"]!.GetValue<string>());
        LoraAdapter adapter = PeftFolder.Read(outcome.AdapterFolder!);
        Assert.Empty(adapter.Saved);
        Assert.All(adapter.Modules.Values, factors => Assert.True(factors.B.Values.ContainsAnyExcept(0f)));
        Assert.Null(PeftFolder.ReadLabels(outcome.AdapterFolder!));
        JsonNode ledger = JsonNode.Parse(await File.ReadAllTextAsync(outcome.LedgerFile!, TestContext.Current.CancellationToken))!;
        Assert.Equal("LanguageModel", ledger["task"]!.GetValue<string>());
        Assert.Null(ledger["labels"]);
    }

    [Fact]
    public async Task A_run_is_not_continued_under_another_task()
    {
        CoordinatorOptions options = Settings.ForLanguage(folder, agents: 1, rounds: 1);
        await using (Federation federation = await Federation.StartAsync(folder, options))
        {
            await federation.AddAsync("a");
            await federation.CrashAsync("after open");
        }

        await using Federation other = await Federation.StartAsync(
            folder, options with { Task = LearningTask.Classification, Labels = ["yes", "no"] });
        var refusal = await Assert.ThrowsAsync<StateFolderException>(() => other.RunAsync());

        Assert.Contains("under other settings: Task was", refusal.Message, StringComparison.Ordinal);
    }
}
