using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Training;

public sealed class LocalTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;

    public LocalTrainingTests()
    {
        model = TinyModel.Load(folder.In("model"));
        File.WriteAllLines(folder.In("data.jsonl"), Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}"""));
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

        Assert.Throws<Learning.Training.TrainingDivergedException>(() => Run(engine, folder.In("checkpoint"), board));

        // Losses are 1, 1/2, 1/3, 1/4.
        Assert.Equal((TaskPhase.Training, 4, 20), (board.Now.Phase, board.Now.Step, board.Now.Total));
        Assert.Equal((1 + 0.5 + (1.0 / 3) + 0.25) / 4, board.Now.Loss!.Value, tolerance: 1e-12);
    }

    [Fact]
    public void An_engine_that_trains_what_was_frozen_is_found_out()
    {
        var frozen = new FrozenFactors(["layer.query"], []);

        TrainedUpdate update = Run(new SteppingEngine(), folder.In("checkpoint"), frozen: frozen);
        InvalidOperationException found = Assert.Throws<InvalidOperationException>(() => Run(new SteppingEngine { IgnoresFrozen = true }, folder.In("other"), frozen: frozen));

        Assert.Null(frozen.FirstChange(Offers.Global, update.Adapter!));
        Assert.NotEqual(Offers.Global.Modules["layer.query"].B.Values.ToArray(), update.Adapter!.Modules["layer.query"].B.Values.ToArray());
        Assert.Equal("The engine stepping trained A of module 'layer.query', which the task froze; the update is of no use.", found.Message);
    }

    private void Interrupt(int after)
    {
        var engine = new SteppingEngine { DivergeAt = after };
        Assert.Throws<Learning.Training.TrainingDivergedException>(() => Run(engine, folder.In("checkpoint")));
        Assert.True(File.Exists(folder.In("checkpoint")));
    }

    private TrainedUpdate Run(SteppingEngine engine, string checkpoint, TaskProgressBoard? board = null, FrozenFactors? frozen = null)
    {
        var options = new AgentOptions { Name = "a", Role = AgentRole.Trainer, ModelFolder = model.Folder, DataFile = folder.In("data.jsonl"), StateFolder = folder.In("state") };
        var training = new LocalTraining(engine, PrivateData.Load(options), options, TimeProvider.System, NullLogger.Instance);
        return training.Run(Offers.Bare(), new TrainingStart(model, Offers.Global, frozen ?? FrozenFactors.None), checkpoint, board ?? new TaskProgressBoard(), TestContext.Current.CancellationToken);
    }

    private static byte[] Bytes(TrainedUpdate update) => AdapterCodec.Parse("fp32").Encode(update.Adapter!);
}
