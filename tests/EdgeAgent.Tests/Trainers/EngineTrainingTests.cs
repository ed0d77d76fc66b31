using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>Engines of a product's.</summary>
public sealed class EngineTrainingTests : IDisposable
{
    private const int Steps = 20;

    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;
    private readonly PrivateData data;

    public EngineTrainingTests()
    {
        model = TinyModel.Load(folder.In("model"));
        IEnumerable<string> rows = Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}""");
        File.WriteAllLines(folder.In("data.jsonl"), rows);
        data = PrivateData.Load(new DataSetOptions { Files = [folder.In("data.jsonl")] });
        Directory.CreateDirectory(folder.In("task"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_an_honest_engine_returns_is_the_update()
    {
        TrainingTask? seen = null;

        TrainedUpdate update = Run(
            (task, progress, _) =>
            {
                seen = task;
                return Honest(task, progress);
            },
            Offers.Bare() with { ClassCounts = true });

        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(update.Adapter!));
        ResultMetrics told = update.Metrics;
        Assert.Equal(
            (8, 2, 0.7, 0.5, 0.6, 1.0),
            (update.Examples, told.HeldOut, told.GlobalLoss!.Value, told.GlobalAccuracy!.Value, told.LocalLoss!.Value, told.LocalAccuracy!.Value));

        // Means of the first and the last eight losses: 29.5 … 22.5 and 17.5 … 10.5.
        Assert.Equal((26.0, 14.0, 8), (told.LossBefore!.Value, told.LossAfter!.Value, update.ClassCounts!.Sum()));
        Assert.Equal((true, 1, 8, 2, Steps, 5), (
            seen!.Trains, seen.Round, seen.TrainingRows.Count, seen.HeldOutRows.Count, seen.Plan.Steps, seen.CheckpointEverySteps));
        Assert.Equal([2, 5, 3], seen.TrainingRows[0].Tokens);
        Assert.Equal(model.Sha256, seen.ModelSha256);

        // Every epoch of four steps visits each of the eight rows once.
        Assert.Equal(Enumerable.Range(0, 8), Enumerable.Range(0, 4).SelectMany(seen.RowsOf).Order());
    }

    [Fact]
    public void A_task_that_only_measures_leaves_figures_and_no_adapter()
    {
        TrainedUpdate update = Run(
            (task, _, _) => task is { Trains: false, TrainingRows: [] }
                ? Task.FromResult(new TrainingOutcome { Before = new HeldOutFigures(0.7) })
                : throw new InvalidOperationException("It was asked to train."),
            Offers.Bare(kind: TaskKind.Evaluate));

        Assert.Equal((null, 2, 2, 0.7), (update.Adapter, update.Examples, update.Metrics.HeldOut, update.Metrics.GlobalLoss!.Value));
    }

    [Fact]
    public void A_task_that_was_stopped_finds_its_checkpoint_and_its_losses_again()
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(
            async (task, progress, stop) =>
            {
                Tell(progress, 1, 12);
                await File.WriteAllTextAsync(Path.Combine(task.CheckpointFolder, "at"), "12", CancellationToken.None);
                await cancel.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                return new TrainingOutcome();
            },
            cancel: cancel.Token));

        TrainedUpdate update = Run((task, progress, _) =>
        {
            int done = int.Parse(File.ReadAllText(Path.Combine(task.CheckpointFolder, "at")), null);
            Tell(progress, done + 1, Steps);
            return Task.FromResult(Outcome());
        });

        Assert.Equal((26.0, 14.0), (update.Metrics.LossBefore!.Value, update.Metrics.LossAfter!.Value));
    }

    [Fact]
    public void Another_task_finds_no_checkpoint_of_this_one()
    {
        Run((task, progress, _) =>
        {
            File.WriteAllText(Path.Combine(task.CheckpointFolder, "at"), "12");
            return Honest(task, progress);
        });

        Run(
            (task, progress, _) =>
            {
                Assert.Empty(Directory.EnumerateFileSystemEntries(task.CheckpointFolder));
                return Honest(task, progress);
            },
            Offers.Bare(round: 2));
    }

    [Fact]
    public void An_engine_that_does_no_such_tasks_declines()
    {
        DeclinedException declined = Assert.Throws<DeclinedException>(() => Run((_, _, _) => throw new TaskNotSupportedException("no LoRA+ here")));

        Assert.Equal((DeclineReason.Contract, "The engine own does not do such tasks: no LoRA+ here"), (declined.Reason, declined.Message));
    }

    /// <summary>What a broken engine answers, and what is said of it.</summary>
    [Theory]
    [InlineData("throws", "The engine own failed: out of order", true)]
    [InlineData("steps", "The engine own returned but did not do its task: it told of 3 steps; the task has 20.", false)]
    [InlineData("none", "The engine own was asked to train, but returned no adapter.", false)]
    [InlineData("shape", "The trainer's result is of no use: ", false)]
    [InlineData("infinite", "The trainer's result is of no use: layer.query holds a value that is not finite.", false)]
    [InlineData("accuracy", "The trainer's outcome has After.accuracy = 7; it must be 0 or more, and at most 1.", false)]
    [InlineData("too far", "The trainer's progress.jsonl:1 reports step 21 of 20.", false)]
    public void A_wrong_answer_is_refused_with_what_is_wrong(string kind, string said, bool retryable)
    {
        TrainerFailedException refused = Assert.Throws<TrainerFailedException>(() => Run((task, progress, _) =>
        {
            Tell(progress, kind == "too far" ? 21 : 1, kind switch { "steps" => 3, "too far" => 21, _ => Steps });
            LoraAdapter trained = Offers.Trained(1);
            switch (kind)
            {
                case "throws":
                    throw new InvalidOperationException("out of order");
                case "shape":
                    trained = new LoraAdapter(trained.Settings with { ModulesToSave = [] }, trained.Modules);
                    break;
                case "infinite":
                    trained.Modules["layer.query"].B.Values[0] = float.PositiveInfinity;
                    break;
            }

            return Task.FromResult(Outcome() with
            {
                Adapter = kind == "none" ? null : trained,
                After = kind == "accuracy" ? new HeldOutFigures(0.6) { Accuracy = 7 } : null,
            });
        }));

        Assert.StartsWith(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(retryable, refused.Retryable);
    }

    [Fact]
    public void A_factor_that_the_task_froze_must_come_back_as_it_was()
    {
        TrainerFailedException refused = Assert.Throws<TrainerFailedException>(
            () => Run((task, progress, _) => Honest(task, progress), frozen: new FrozenFactors([], ["layer.query"])));

        Assert.Contains("which the task froze", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_divergence() => Assert.Throws<TrainingDivergedException>(() => Run((task, progress, _) =>
    {
        progress.Report(new TrainingProgress(1, double.NaN));
        return Task.FromResult(Outcome());
    }));

    [Fact]
    public void An_engine_that_tells_nothing_for_ten_minutes_is_told_to_end()
    {
        var clock = new FakeTimeProvider();
        bool told = false;

        TrainerFailedException hung = Assert.Throws<TrainerFailedException>(() => Run(
            async (_, _, stop) =>
            {
                clock.Advance(TimeSpan.FromMinutes(11));
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ContinueWith(_ => { }, TaskScheduler.Default);
                told = true;
                return Outcome();
            },
            clock: clock));

        Assert.Equal(("The engine own told no progress for 00:10:00 and was told to end.", true), (hung.Message, told));
    }

    private static Task<TrainingOutcome> Honest(TrainingTask task, IProgress<TrainingProgress> progress)
    {
        Tell(progress, 1, task.Plan.Steps);
        return Task.FromResult(Outcome());
    }

    private static void Tell(IProgress<TrainingProgress> progress, int first, int last)
    {
        for (int step = first; step <= last; step++)
        {
            progress.Report(new TrainingProgress(step, 30.5 - step));
        }
    }

    private static TrainingOutcome Outcome() => new()
    {
        Adapter = Offers.Trained(1),
        Before = new HeldOutFigures(0.7) { Accuracy = 0.5 },
        After = new HeldOutFigures(0.6) { Accuracy = 1 },
    };

    private static byte[] Bytes(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);

    private TrainedUpdate Run(
        Func<TrainingTask, IProgress<TrainingProgress>, CancellationToken, Task<TrainingOutcome>> run,
        TaskOffer? offer = null,
        FrozenFactors? frozen = null,
        TimeProvider? clock = null,
        CancellationToken? cancel = null)
    {
        var options = new AgentOptions
        {
            Name = "a",
            Models = [ModelOptions.Of(model.Folder)],
            Data = [new DataSetOptions { Files = [folder.In("data.jsonl")] }],
            StateFolder = folder.In("state"),
        };
        var training = new EngineTraining(new Own(run), options, Permits.Free, clock ?? TimeProvider.System, NullLogger.Instance);
        return training.Run(
            offer ?? Offers.Bare(),
            data,
            new TrainingStart(model, Offers.Global, frozen ?? FrozenFactors.None),
            folder.In("task/checkpoint"),
            new TaskProgressBoard(),
            cancel ?? TestContext.Current.CancellationToken);
    }

    private sealed class Own(Func<TrainingTask, IProgress<TrainingProgress>, CancellationToken, Task<TrainingOutcome>> run) : ITrainingEngine
    {
        public string Name => "own";

        public string Device => "a test";

        public Task<TrainingOutcome> RunAsync(TrainingTask task, IProgress<TrainingProgress> progress, CancellationToken stop) =>
            run(task, progress, stop);
    }
}
