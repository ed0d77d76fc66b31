using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Training;

public sealed class LocalTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;

    public LocalTrainingTests()
    {
        model = TinyModel.Load(folder.In("model"));
        IEnumerable<string> rows = Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}""");
        File.WriteAllLines(folder.In("data.jsonl"), rows);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Interrupted_and_continued_is_as_uninterrupted()
    {
        TrainedUpdate whole = Run(new SteppingEngine(), folder.In("never"));

        Interrupt(after: 13);
        var second = new SteppingEngine();
        TrainedUpdate continued = Run(second, folder.In("checkpoint"));

        Assert.Equal(10, second.StepsDone);
        Assert.Equal(Bytes(whole), Bytes(continued));
        Assert.Equal(whole.Metrics, continued.Metrics);
    }

    [Fact]
    public void What_was_measured_of_the_global_adapter_is_not_measured_again_after_a_restart()
    {
        TrainedUpdate whole = Run(new SteppingEngine(), folder.In("never"));
        Interrupt(after: 13);

        var second = new SteppingEngine();
        TrainedUpdate continued = Run(second, folder.In("checkpoint"));

        Assert.Equal(1, second.Measured);
        Assert.Equal(whole.Metrics, continued.Metrics);
    }

    [Fact]
    public void It_is_measured_again_where_the_adapter_is_another_or_what_was_kept_is_damaged()
    {
        TaskOffer offer = Offers.Bare();
        Interrupt(after: 3);
        var another = new SteppingEngine();
        Run(another, folder.In("checkpoint"), offer: offer with { Adapter = offer.Adapter with { Sha256 = new string('c', 64) } });
        File.WriteAllText(folder.In("checkpoint.global.json"), "{");
        var damaged = new SteppingEngine();
        Run(damaged, folder.In("checkpoint"));

        Assert.Equal((2, 2), (another.Measured, damaged.Measured));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(40)]
    public void A_cut_checkpoint_is_thrown_away_and_training_begins_anew(int length)
    {
        TrainedUpdate whole = Run(new SteppingEngine(), folder.In("never"));
        Interrupt(after: 13);
        File.WriteAllBytes(folder.In("checkpoint"), File.ReadAllBytes(folder.In("checkpoint"))[..length]);

        var second = new SteppingEngine();
        TrainedUpdate anew = Run(second, folder.In("checkpoint"));

        Assert.Equal(20, second.StepsDone);
        Assert.Equal(Bytes(whole), Bytes(anew));
    }

    [Fact]
    public void Progress_shows_step_loss_and_phase_while_training()
    {
        var board = new TaskProgressBoard();
        var engine = new SteppingEngine { DivergeAt = 4 };

        Assert.Throws<TrainingDivergedException>(() => Run(engine, folder.In("checkpoint"), board));

        // Losses are 1, 1/2, 1/3, 1/4.
        Assert.Equal((TaskPhase.Training, 4, 20), (board.Now.Phase, board.Now.Step, board.Now.Total));
        Assert.Equal((1 + 0.5 + (1.0 / 3) + 0.25) / 4, board.Now.Loss!.Value, tolerance: 1e-12);
    }

    [Fact]
    public void A_lost_training_process_is_started_again_and_goes_on_from_the_last_checkpoint()
    {
        TrainedUpdate whole = Run(new SteppingEngine(), folder.In("never"));

        // Checkpoints are written every ten steps: the second attempt does steps 11 to 20.
        var engine = new SteppingEngine { LoseAt = 13, Losses = 1 };
        TrainedUpdate update = Run(engine, folder.In("checkpoint"));

        Assert.Equal(13 + 10, engine.StepsDone);
        Assert.Equal(Bytes(whole), Bytes(update));
    }

    [Fact]
    public void A_task_that_loses_its_process_again_and_again_fails()
    {
        var engine = new SteppingEngine { LoseAt = 13, Losses = 100 };

        Assert.Throws<Learning.Remote.EngineLostException>(() => Run(engine, folder.In("checkpoint")));

        Assert.Equal(97, engine.Losses);
    }

    [Fact]
    public void An_engine_that_trains_what_was_frozen_is_found_out()
    {
        var frozen = new FrozenFactors(["layer.query"], []);

        TrainedUpdate update = Run(new SteppingEngine(), folder.In("checkpoint"), frozen: frozen);
        InvalidOperationException found = Assert.Throws<InvalidOperationException>(
            () => Run(new SteppingEngine { IgnoresFrozen = true }, folder.In("other"), frozen: frozen));

        Assert.Null(frozen.FirstChange(Offers.Global, update.Adapter!));
        Assert.NotEqual(Offers.Global.Modules["layer.query"].B.Values.ToArray(), update.Adapter!.Modules["layer.query"].B.Values.ToArray());
        Assert.Equal("The engine stepping trained A of module 'layer.query', which the task froze; the update is of no use.", found.Message);
    }

    public static TheoryData<HyperParameters, TrainingPlan> Asked => new()
    {
        { Hyper, Plan },
        {
            Hyper with { LinearDecay = true, WarmupFraction = 0.1, WeightDecay = 0.01, ClipNorm = 2 },
            Plan with { Schedule = RateSchedule.Linear, WarmupFraction = 0.1, WeightDecay = 0.01, ClipNorm = 2 }
        },
        { Hyper with { CosineDecay = true, Accumulate = 3 }, Plan with { Schedule = RateSchedule.Cosine, Accumulate = 3 } },
        {
            Hyper with { Sgd = new SgdSettings { Momentum = 0.8, Nesterov = true } },
            Plan with { Optimiser = OptimiserKind.Sgd, Momentum = 0.8, Nesterov = true }
        },
    };

    private static HyperParameters Hyper => new() { LearningRate = 1e-3, Steps = 4, BatchSize = 2, MaxTokens = 8, Seed = 5 };

    private static TrainingPlan Plan => new() { LearningRate = 1e-3, Steps = 4, BatchSize = 2, MaxTokens = 8, Seed = 5, ClipNorm = 0, Momentum = 0 };

    [Theory]
    [MemberData(nameof(Asked))]
    public void An_agent_trains_by_the_plan_that_the_offer_asks_for(HyperParameters asked, TrainingPlan plan)
    {
        var engine = new SteppingEngine();

        Run(engine, folder.In("checkpoint"), offer: Offers.Bare() with { Hyper = asked });

        Assert.Equal(plan, Assert.Single(engine.Starts).Plan with { Threads = plan.Threads });
    }

    [Fact]
    public void Examples_of_each_class_are_told_only_where_the_offer_asks()
    {
        TrainedUpdate told = Run(
            new SteppingEngine(), folder.In("one"), offer: Offers.Bare() with { ClassCounts = true, Labels = ["new", "good", "bad"] });
        TrainedUpdate silent = Run(new SteppingEngine(), folder.In("two"));

        Assert.Equal(0, told.ClassCounts![0]);
        Assert.Equal(told.Examples, told.ClassCounts.Sum());
        Assert.All(told.ClassCounts.Skip(1), count => Assert.InRange(count, 1, 5));
        Assert.Null(silent.ClassCounts);
    }

    private void Interrupt(int after)
    {
        var engine = new SteppingEngine { DivergeAt = after };
        Assert.Throws<TrainingDivergedException>(() => Run(engine, folder.In("checkpoint")));
        Assert.Equal(after >= 5, File.Exists(folder.In("checkpoint")));
    }

    private TrainedUpdate Run(
        SteppingEngine engine, string checkpoint, TaskProgressBoard? board = null, FrozenFactors? frozen = null, TaskOffer? offer = null)
    {
        var set = new DataSetOptions { Files = [folder.In("data.jsonl")] };
        var options = new AgentOptions
        {
            Name = "a",
            Role = AgentRole.Trainer,
            Models = [ModelOptions.Of(model.Folder)],
            Data = [set],
            StateFolder = folder.In("state"),
        };
        var memory = new MemoryCheck(null, model.Sha256, engine, 1, () => 0);
        var training = new LocalTraining(engine, memory, options, Permits.Free, TimeProvider.System, NullLogger.Instance);
        return training.Run(
            offer ?? Offers.Bare(),
            PrivateData.Load(set),
            new TrainingStart(model, Offers.Global, frozen ?? FrozenFactors.None),
            checkpoint,
            board ?? new TaskProgressBoard(),
            TestContext.Current.CancellationToken);
    }

    private static byte[] Bytes(TrainedUpdate update) => AdapterCodec.Parse("fp32").Encode(update.Adapter!);
}
