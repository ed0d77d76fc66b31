using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests;

/// <summary>An agent that lets a language model be learnt, against a scripted coordinator on the real bus, in memory.</summary>
public sealed class LanguageModelTests
{
    [Fact]
    public async Task Completions_are_trained_on_and_measured_in_nats_a_token_and_bits_a_byte()
    {
        await using Bench bench = await Bench.StartAsync(LearningTask.LanguageModel);
        var engine = new SteppingEngine();
        bench.Agent(engine);

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(bench.Offer());
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        Assert.Equal((LearningTask.LanguageModel, 8, 2), (hello.Task, hello.Data.Examples, hello.Data.HeldOut));

        // <s> one two three </s>: the completion and the end are learnt, 2 tokens of 5 bytes.
        Assert.All(Assert.Single(engine.Texts), text => Assert.Equal((3, 2, 5.0), (text.FirstTarget, text.Targets, text.Bytes)));
        ResultMetrics metrics = result.Metrics;
        Assert.Equal((8, 16L, 2, 4L), (result.Examples, metrics.TrainingTokens, metrics.HeldOut, metrics.HeldOutTokens));
        Assert.Equal((1.0, 1.0 / 21), (metrics.GlobalLoss, metrics.LocalLoss));
        Assert.Equal(2 / Math.Log(2) / 5, metrics.GlobalBitsPerByte!.Value, tolerance: 1e-12);
        Assert.Equal(2 / Math.Log(2) / 5 / 21, metrics.LocalBitsPerByte!.Value, tolerance: 1e-12);
        Assert.Equal((null, null, null), (metrics.GlobalAccuracy, metrics.LocalAccuracy, metrics.GlobalMacroF1));
        Assert.True(metrics.LossAfter < metrics.LossBefore);
        Assert.NotEqual(Offers.Global.Modules["layer.query"].B.Values[0], bench.Decode(result).Modules["layer.query"].B.Values[0]);
    }

    [Theory]
    [InlineData(null, 7, 0)] // The token that begins a text, one <s> two </s> three, and the one that ends it.
    [InlineData(false, 12, 2)] // <, s, > and <, /, s, > are words of their own.
    public async Task Special_tokens_that_are_written_in_texts_are_those_tokens_unless_the_owner_says_otherwise(bool? matches, int tokens, int asText)
    {
        await using Bench bench = await Bench.StartAsync(LearningTask.LanguageModel);
        var engine = new SteppingEngine();
        const string Row = """{"prompt": "one <s>", "completion": "two</s> three"}""";
        string data = bench.WriteData(Row, Row);

        EdgeAgentService agent = bench.Agent(
            engine, bench.Options with { Data = [bench.Data with { Files = [data], MatchesSpecialTokens = matches, HeldOutFraction = 0 }] });
        await bench.Coordinator.OfferAsync(bench.Offer() with { Hyper = bench.Offer().Hyper! with { MaxTokens = 20 } });
        await bench.Coordinator.NextAsync<ResultReady>();

        Assert.All(Assert.Single(engine.Texts), text => Assert.Equal(tokens, text.Ids.Length));
        Assert.Equal(2 * asText, agent.SpecialTokensAsText);
    }

    [Fact]
    public async Task An_evaluator_measures_the_global_adapter_and_trains_nothing()
    {
        await using Bench bench = await Bench.StartAsync(LearningTask.LanguageModel);
        var engine = new SteppingEngine();
        bench.Agent(
            engine, bench.Options with { Role = AgentRole.Evaluator, Data = [bench.Data with { HeldOutFile = bench.Data.Files[0], Files = [] }] });

        await bench.Coordinator.OfferAsync(bench.Offer(kind: TaskKind.Evaluate) with { MaxTokens = 3 });
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        // Cut to three tokens and the one after them, of each text only the completion is left to predict.
        Assert.Equal((10, 10, 10L, 1.0), (result.Examples, result.Metrics.HeldOut, result.Metrics.HeldOutTokens, result.Metrics.GlobalLoss));
        Assert.Equal((null, null, 0), (result.Claim, result.Metrics.TrainingTokens, engine.StepsDone));
        Assert.Empty(Assert.Single(engine.Texts));
    }

    [Fact]
    public async Task A_running_text_is_cut_into_blocks_of_what_the_task_reads_at_once_and_the_blocks_are_the_weight()
    {
        await using Bench bench = await Bench.StartAsync(LearningTask.LanguageModel);
        var engine = new SteppingEngine();
        string book = Path.Combine(Path.GetDirectoryName(bench.Data.Files[0])!, "book.txt");
        await File.WriteAllTextAsync(book, string.Join(' ', Enumerable.Repeat("one two three four", 10)), TestContext.Current.CancellationToken);
        bench.Agent(engine, bench.Options with { Data = [bench.Data with { Files = [book], HeldOutFraction = 0 }] });

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(bench.Offer());
        var result = await bench.Coordinator.NextAsync<ResultReady>();

        // 40 words after the beginning token, 8 at a time.
        Assert.Equal((1, 0), (hello.Data.Examples, hello.Data.HeldOut));
        Assert.Equal((5, 40L, 0), (result.Examples, result.Metrics.TrainingTokens, result.Metrics.HeldOut));
        Assert.All(Assert.Single(engine.Texts), block => Assert.Equal(8, block.Targets));
        Assert.Equal((null, null), (result.Metrics.GlobalLoss, result.Metrics.HeldOutTokens));
    }

    public static TheoryData<LearningTask, Func<TaskOffer, TaskOffer>, DeclineReason, string> Unfit => new()
    {
        {
            LearningTask.LanguageModel, offer => offer with { Task = LearningTask.Classification, Labels = Offers.Labels },
            DeclineReason.NoData, "gives its data set 'default' for LanguageModel only"
        },
        {
            LearningTask.Classification, offer => offer with { Task = LearningTask.LanguageModel, Labels = [] },
            DeclineReason.NoData, "gives its data set 'default' for Classification only"
        },
        { LearningTask.LanguageModel, offer => offer with { Labels = ["a", "b"] }, DeclineReason.Contract, "names 2 labels" },
        {
            LearningTask.LanguageModel, offer => offer with { Hyper = offer.Hyper! with { LogitAdjustment = 1 } },
            DeclineReason.Contract, "logit adjustment"
        },
        {
            LearningTask.LanguageModel, offer => offer with { Hyper = offer.Hyper! with { MaxTokens = 2 } },
            DeclineReason.NoData, "Line 1: the first 3 of its 5 tokens are given, at most 2 are read"
        },
        { LearningTask.LanguageModel, offer => offer with { ClassCounts = true }, DeclineReason.Contract, "examples by class" },
        { LearningTask.LanguageModel, offer => offer with { Hyper = null }, DeclineReason.Contract, "says nothing about how to train" },
        { LearningTask.Classification, offer => offer with { Labels = [] }, DeclineReason.Contract, "names no labels" },
        { LearningTask.Classification, offer => offer with { Labels = null! }, DeclineReason.Contract, "names no labels" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task A_task_that_is_not_for_the_data_is_declined_with_the_reason_and_nothing_is_trained(
        LearningTask given, Func<TaskOffer, TaskOffer> but, DeclineReason reason, string why)
    {
        await using Bench bench = await Bench.StartAsync(given);
        var engine = new SteppingEngine();
        bench.Agent(engine);

        await bench.Coordinator.OfferAsync(but(bench.Offer()));
        var declined = await bench.Coordinator.NextAsync<TaskDeclined>();

        Assert.Equal(reason, declined.Reason);
        Assert.Contains(why, declined.Detail, StringComparison.Ordinal);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task An_adapter_whose_loss_is_no_number_is_reported_as_diverged()
    {
        await using Bench bench = await Bench.StartAsync(LearningTask.LanguageModel);
        bench.Agent(new SteppingEngine { MeasuredLoss = double.NaN });

        await bench.Coordinator.OfferAsync(bench.Offer());
        var failed = await bench.Coordinator.NextAsync<TaskFailed>();

        Assert.Equal(("Diverged", false), (failed.Code, failed.Retryable));
    }

    [Fact]
    public async Task A_model_that_predicts_no_tokens_is_refused_before_anything_is_sent()
    {
        await using Bench bench = await Bench.StartAsync();
        AgentOptions options = bench.Options with { Data = [bench.Data with { Task = DataSetTask.LanguageModel }] };

        var refusal = Assert.Throws<InvalidDataException>(
            () => new EdgeAgentService(bench.Bus, options, bench.Model, new SteppingEngine(), TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains($"Agent:Models has '{bench.Model.Folder}', which predicts no tokens", refusal.Message, StringComparison.Ordinal);
    }
}
