using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tests.Engines;

/// <summary>Real processes: what a worker does when it is killed.</summary>
public sealed class EngineWorkerCommandTests
{
    private const string Head = "classifier";
    private static readonly string[] Labels = ["a", "b"];
    private static readonly Example[] Examples = [.. Enumerable.Range(0, 24).Select(i => new Example(
        i % 2 == 0 ? "opens a stream" : "parses a date", null, i % 2))];
    private static readonly TrainingPlan Plan = new() { Steps = 6, BatchSize = 4, LearningRate = 1e-3, MaxTokens = 16, Seed = 1 };

    [Fact]
    public void A_training_whose_process_is_killed_goes_on_from_its_checkpoint_in_another_and_ends_with_the_same_bits()
    {
        var model = BaseModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "edgeflora-doc-bert"));
        using IFineTuning whole = new PortableEngine().Start(model, Adapter(model), Labels, Examples, Plan);
        double[] expected = Losses(whole, 6);
        var program = new Watched(InstalledWorkers.Portable());
        var engine = RemoteEngine.Open(program, RemoteEngine.DefaultPatience, TimeProvider.System);
        using var checkpoint = new MemoryStream();

        using (IFineTuning first = engine.Start(model, Adapter(model), Labels, Examples, Plan))
        {
            Assert.Equal(expected[..3], Losses(first, 3));
            first.Save(checkpoint);
            program.Last!.Kill();
            string death = Assert.Throws<EngineLostException>(() => Losses(first, 3)).Message;
            Assert.StartsWith("The training process was lost in step ", death, StringComparison.Ordinal);
            Assert.Matches(OperatingSystem.IsWindows() ? "exit code" : "killed by signal 9", death);
        }

        checkpoint.Position = 0;
        using IFineTuning second = engine.Start(model, Adapter(model), Labels, Examples, Plan);
        second.Restore(checkpoint);
        Assert.Equal(expected[3..], Losses(second, 3));
    }

    private static double[] Losses(IFineTuning tuning, int steps) => [.. Enumerable.Range(0, steps).Select(_ => tuning.TrainStep())];

    private static LoraAdapter Adapter(BaseModel model)
    {
        LinearLayer layer = model.Network.Layout.Linears.First(linear => linear.Name.EndsWith(".query", StringComparison.Ordinal));
        float[] start = [.. Enumerable.Range(0, 2 * layer.Inputs).Select(i => 0.1f * MathF.Sin(i))];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = ["query"], ModulesToSave = [Head] },
            [KeyValuePair.Create(layer.Name, new LoraFactors(new Matrix(2, layer.Inputs, start), new Matrix(layer.Outputs, 2)))],
            [
                KeyValuePair.Create($"{Head}.weight", new DenseTensor([2, model.Network.HiddenSize], new float[2 * model.Network.HiddenSize])),
                KeyValuePair.Create($"{Head}.bias", new DenseTensor([2], new float[2])),
            ]);
    }

    /// <summary>Remembers the process started last.</summary>
    private sealed class Watched(IWorkerProgram program) : IWorkerProgram
    {
        public IWorker? Last { get; private set; }

        public IWorker Start(int threads) => Last = program.Start(threads);
    }
}
