using System.Text;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Learning.Tests.Remote;

public sealed class RemoteEngineTests : IDisposable
{
    private static readonly string[] Targets = ["query", "value"];
    private static readonly TrainingPlan Plan = WordTask.Plan;

    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;

    public RemoteEngineTests()
    {
        TinyBert.Write(folder.Path);
        model = BaseModel.Load(folder.Path);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Training_in_another_process_gives_the_same_bits()
    {
        List<Example> unseen = WordTask.Examples(seed: 2);
        using IFineTuning near = Start(new PortableEngine());
        using IFineTuning far = Start(Remote());

        Assert.Equal(WordTask.Losses(near, 8), WordTask.Losses(far, 8));
        Assert.Equal(8, far.Step);
        Assert.Equal(WordTask.Values(near.Snapshot()), WordTask.Values(far.Snapshot()));
        Assert.Equal(near.Snapshot().Settings.TargetModules, far.Snapshot().Settings.TargetModules);
        Assert.Equal(near.Predict(unseen, CancellationToken.None), far.Predict(unseen, CancellationToken.None));
        Assert.Equal(near.Evaluate(unseen, CancellationToken.None), far.Evaluate(unseen, CancellationToken.None));
        Assert.InRange(far.PeakBytes, 1, long.MaxValue);
    }

    [Fact]
    public void A_correction_reaches_the_other_process()
    {
        LoraAdapter correction = WordTask.Adapter(model, Targets, headScale: 0.3f);
        using IFineTuning near = Start(new PortableEngine(), Plan with { Correction = correction });
        using IFineTuning far = Start(Remote(), Plan with { Correction = correction });
        using IFineTuning without = Start(new PortableEngine());

        double[] losses = WordTask.Losses(near, 8);
        Assert.Equal(losses, WordTask.Losses(far, 8));
        Assert.NotEqual(losses, WordTask.Losses(without, 8));
        Assert.Equal(WordTask.Values(near.Snapshot()), WordTask.Values(far.Snapshot()));
    }

    [Fact]
    public void A_checkpoint_goes_from_one_process_to_the_next_and_training_ends_with_the_same_bits()
    {
        using IFineTuning whole = Start(new PortableEngine());
        WordTask.Losses(whole, 9);
        using var checkpoint = new MemoryStream();
        using (IFineTuning first = Start(Remote()))
        {
            WordTask.Losses(first, 5);
            first.Save(checkpoint);
        }

        checkpoint.Position = 0;
        using IFineTuning second = Start(Remote());
        second.Restore(checkpoint);
        Assert.Equal(5, second.Step);
        WordTask.Losses(second, 4);

        Assert.Equal(WordTask.Values(whole.Snapshot()), WordTask.Values(second.Snapshot()));
    }

    [Fact]
    public void A_language_model_in_another_process_gives_the_same_bits()
    {
        using var decoder = new TemporaryFolder();
        TinyDecoder.Write(decoder.Path, "llama");
        var language = BaseModel.Load(decoder.Path);
        LanguageSequence[] texts = [.. Enumerable.Range(0, 12).Select(i => new LanguageSequence([0, 5 + i, 6 + (i % 3), 7, 4], 1 + (i % 2), 8.5))];
        var adapter = new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["q_proj"] },
            from layer in language.Network.Layout.Linears
            where layer.Name.EndsWith(".q_proj", StringComparison.Ordinal)
            select KeyValuePair.Create(layer.Name, new LoraFactors(
                new(2, layer.Inputs, [.. Enumerable.Range(0, 2 * layer.Inputs).Select(i => 0.1f * MathF.Sin(i))]), new(layer.Outputs, 2))));
        TrainingPlan plan = Plan with { BatchSize = 4, Frozen = new FrozenFactors([adapter.Modules.Keys.First()], []) };
        var sampling = new GenerationOptions { MaxNewTokens = 5, Temperature = 1, Samples = 2, Seed = 1, StopTexts = ["dog"] };
        using ILanguageTuning near = new PortableEngine().StartLanguage(language, adapter, texts, plan);
        using ILanguageTuning far = Remote().StartLanguage(language, adapter, texts, plan);

        Assert.Equal(WordTask.Losses(near, 4), WordTask.Losses(far, 4));
        Assert.Equal(near.TrainedTokens, far.TrainedTokens);
        Assert.Equal(WordTask.Values(near.Snapshot()), WordTask.Values(far.Snapshot()));
        Assert.Null(plan.Frozen.FirstChange(adapter, far.Snapshot()));
        Assert.Equal(near.Evaluate(texts, CancellationToken.None), far.Evaluate(texts, CancellationToken.None));
        Assert.Equal(near.Generate(["red", "one"], sampling, CancellationToken.None), far.Generate(["red", "one"], sampling, CancellationToken.None));
    }

    [Fact]
    public void What_the_engine_refuses_is_refused_alike_and_training_goes_on()
    {
        Assert.Contains(
            "label 4",
            Assert.Throws<ArgumentException>(() => Start(Remote(), examples: [new Example("red", null, 4)])).Message,
            StringComparison.Ordinal);
        using IFineTuning far = Start(Remote());

        Assert.Throws<InvalidDataException>(() => far.Restore(new MemoryStream([1, 2, 3])));
        WordTask.Losses(far, 1);

        Assert.Equal(1, far.Step);
    }

    [Fact]
    public void A_training_that_diverges_says_so()
    {
        using IFineTuning far = Start(Remote(), Plan with { LearningRate = 1e30, WarmupFraction = 0 });

        Assert.StartsWith("Step ", Assert.Throws<TrainingDivergedException>(() => WordTask.Losses(far, 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_with_a_value_that_is_not_finite_is_refused()
    {
        LoraAdapter broken = WordTask.Adapter(model, Targets);
        broken.Saved.Values.First().Values[0] = float.NaN;

        Assert.Throws<ArgumentException>(() => Remote().Start(model, broken, WordTask.Labels, [], Plan));
    }

    [Fact]
    public void A_model_that_changed_since_it_was_loaded_is_refused()
    {
        TinyBert.Write(folder.Path, change: tensors =>
            tensors["bert.embeddings.LayerNorm.bias"] = new(
                "bert.embeddings.LayerNorm.bias", [TinyBert.Config.HiddenSize], new float[TinyBert.Config.HiddenSize]));

        Assert.Contains("must not change", Assert.Throws<InvalidDataException>(() => Start(Remote())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measuring_is_cancelled_while_it_runs_and_the_process_lives_on()
    {
        var engine = new HeldEngine();
        using IFineTuning far = Start(Remote(new PipeWorker(engine)));
        using var cancel = new CancellationTokenSource();

        Task<float[][]> measuring = Task.Run(() => far.Predict([new Example("red", null, 0)], cancel.Token), TestContext.Current.CancellationToken);
        await engine.Busy.Task;
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => measuring);
        engine.Release();
        Assert.Equal(1, far.TrainStep());
    }

    [Fact]
    public async Task A_process_that_gives_no_answer_is_ended()
    {
        var engine = new HeldEngine();
        var worker = new PipeWorker(engine);
        var clock = new FakeTimeProvider();
        using IFineTuning far = Start(Remote(worker, clock));

        Task<double> step = Task.Run(far.TrainStep, TestContext.Current.CancellationToken);
        await engine.Busy.Task;
        clock.Advance(RemoteEngine.DefaultPatience);

        EngineLostException lost = await Assert.ThrowsAsync<EngineLostException>(() => step);
        Assert.Equal("The training process gave no answer for 600 s in step 1 and was ended.", lost.Message);
        Assert.True(worker.Killed);
        engine.Release();
    }

    [Fact]
    public async Task A_process_that_dies_in_a_step_is_lost_with_its_last_words()
    {
        var engine = new HeldEngine();
        var worker = new PipeWorker(engine);
        using IFineTuning far = Start(Remote(worker));

        Task<double> step = Task.Run(far.TrainStep, TestContext.Current.CancellationToken);
        await engine.Busy.Task;
        worker.Kill();

        Assert.Equal("The training process was lost in step 1: it was killed.", (await Assert.ThrowsAsync<EngineLostException>(() => step)).Message);
        Assert.Throws<EngineLostException>(() => WordTask.Losses(far, 1));
        engine.Release();
    }

    [Fact]
    public void A_worker_that_cannot_use_its_engine_is_refused_with_its_reason()
    {
        var probe = new EngineProbe("torch", Usable: false, "no natives; add them");

        Assert.Equal("no natives; add them", Refusal(new PipeWorker(new PortableEngine(), probe)).Message);
    }

    [Fact]
    public void A_worker_of_another_build_is_refused()
    {
        var probe = new EngineProbe("torch", Usable: true, "cpu") { Build = Guid.NewGuid() };

        Assert.Contains("build it again", Refusal(new PipeWorker(new PortableEngine(), probe)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Some library's banner\n")] // no frame
    [InlineData("EF\u0001\0\u0002\0\0\0{}")] // a greeting without content
    [InlineData("EF\u0001\0\u0008\0\0\0{\"a\"")] // cut short
    [InlineData("EF\u0009\0\0\0\0\0")] // an answer before any question
    [InlineData("EF\u00c8\0\0\0\0\0")] // no kind of frame
    [InlineData("")]
    public void A_worker_that_talks_nonsense_is_refused(string said)
    {
        var worker = new PipeWorker((_, output) => output.Write(Encoding.Latin1.GetBytes(said)));

        Assert.StartsWith("The training process ", Refusal(worker).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_is_gone_while_a_step_runs_abandons_the_worker()
    {
        var engine = new HeldEngine();
        var abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var worker = new PipeWorker((input, output) =>
        {
            using var serving = new EngineWorker(input, output, new EngineProbe("held", Usable: true, ""), () => engine, abandoned.SetResult);
            serving.Run();
        });
        IFineTuning far = Start(Remote(worker));
        Task<double> step = Task.Run(far.TrainStep, TestContext.Current.CancellationToken);
        await engine.Busy.Task;

        worker.ToWorker.Dispose();

        await abandoned.Task.WaitAsync(TestContext.Current.CancellationToken);
        engine.Release();

        // The stream may have been closed before the request was flushed, so the call of a caller that is gone ends either way.
        await ((Task)step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await worker.Ended.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_end_of_a_training_ends_its_worker()
    {
        var worker = new PipeWorker(new PortableEngine());
        IFineTuning far = Start(Remote(worker));

        far.Dispose();

        await worker.Ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(worker.Killed);
    }

    /// <summary>An engine whose every training gets the worker given, or a new one.</summary>
    private static RemoteEngine Remote(PipeWorker? worker = null, TimeProvider? clock = null)
    {
        bool probed = false;
        var program = new ChosenWorkers(() =>
        {
            PipeWorker next = probed && worker is not null ? worker : new PipeWorker(new PortableEngine());
            probed = true;
            return next;
        });
        return RemoteEngine.Open(program, RemoteEngine.DefaultPatience, clock ?? TimeProvider.System);
    }

    private static EngineUnavailableException Refusal(PipeWorker worker) =>
        Assert.Throws<EngineUnavailableException>(() => RemoteEngine.Open(worker, RemoteEngine.DefaultPatience, TimeProvider.System));

    private IFineTuning Start(IEngine engine, TrainingPlan? plan = null, IReadOnlyList<Example>? examples = null) =>
        engine.Start(model, WordTask.Adapter(model, Targets), WordTask.Labels, examples ?? WordTask.Examples(seed: 1), plan ?? Plan);

    private sealed class ChosenWorkers(Func<PipeWorker> next) : IWorkerProgram
    {
        public IWorker Start(int threads) => next().Start(threads);
    }
}
