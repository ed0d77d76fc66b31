using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Demo;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Figures;

/// <summary>
/// The figures of memory in docs/benchmarks.md: one thread, a process of its own for each line. They are measured when they are asked for:
/// <c>dotnet run --project bench/Figures -c Release -- -class "*MemoryFigures" -showliveoutput</c>.
/// </summary>
public sealed class MemoryFigures
{
    private static readonly (string Name, MemorySavings Savings)[] Lines =
    [
        ("none", MemorySavings.None),
        ("256 tokens at once", new() { ShardTokens = 256 }),
        ("128 tokens at once", new() { ShardTokens = 128 }),
        ("64 tokens at once", new() { ShardTokens = 64 }),
        ("recomputed", new() { Recompute = true }),
        ("recomputed, 128 tokens at once", new() { ShardTokens = 128, Recompute = true }),
        ("recomputed, 64 tokens at once", new() { ShardTokens = 64, Recompute = true }),
        ("bf16 weights", new() { Storage = WeightStorage.Bf16 }),
        ("int8 weights", new() { Storage = WeightStorage.EightBit }),
        ("nf4 weights", new() { Storage = WeightStorage.FourBit }),
        ("recomputed, 64 tokens at once, nf4 weights", new() { ShardTokens = 64, Recompute = true, Storage = WeightStorage.FourBit }),
    ];

    private readonly RemoteEngine engine = RemoteEngine.Open(InstalledWorkers.Portable(), RemoteEngine.DefaultPatience, TimeProvider.System);

    private static string Embedded => Path.Combine(AppContext.BaseDirectory, "models", "edgeflora-doc-bert");

    [Fact]
    public void Savings_of_the_embedded_model() => Print(BaseModel.Load(Embedded), ["query", "value"], 32, 64);

    [Fact]
    public void Savings_of_a_model_of_twelve_layers()
    {
        using var folder = new Folder();
        Write(
            folder.Path,
            new BertConfig { VocabularySize = 30_522, HiddenSize = 384, Layers = 12, Heads = 12, IntermediateSize = 1536, MaxPositions = 512 });
        var model = BaseModel.Load(folder.Path);
        Print(model, ["query", "value"], 16, 128);
        Say("");
        string[] top = ["layer.10.attention.self.query", "layer.10.attention.self.value", "layer.11.attention.self.query"];
        Print(model, top, 16, 128, 1);
    }

    [Fact]
    public void Loss_of_the_embedded_model_on_rounded_weights()
    {
        DemoTask task = DemoTask.Create(SdkCorpus.Load(ReferencePacks.Locate()), seed: 1);
        var model = BaseModel.Load(Embedded);
        Example[] training = [.. task.Training.Where((_, i) => i % 4 == 0)];
        Example[] test = [.. task.Test.Where((_, i) => i % 4 == 0)];
        string[] shown = ["none", "64 tokens at once", "bf16 weights", "int8 weights", "nf4 weights"];
        foreach ((string name, MemorySavings savings) in Lines.Where(line => shown.Contains(line.Name)))
        {
            var figures = new List<(double Loss, double Accuracy)>();
            foreach (ulong seed in new ulong[] { 1, 2, 3 })
            {
                TrainingPlan plan = new() { Steps = 150, BatchSize = 32, LearningRate = 3e-3, MaxTokens = 64, Seed = seed, Savings = savings };
                using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
                LoraAdapter adapter = folder.FirstAdapter(
                    new LoraSettings { Rank = 8, Alpha = 16, TargetModules = ["query", "value"] }, task.Labels.Count, seed);
                using IFineTuning tuning = new PortableEngine().Start(model, adapter, task.Labels, training, plan);
                for (int step = 0; step < plan.Steps; step++)
                {
                    tuning.TrainStep();
                }

                ClassificationMetrics metrics = tuning.Evaluate(test, CancellationToken.None);
                figures.Add((metrics.Loss, metrics.Accuracy));
            }

            string losses = string.Join(", ", figures.Select(figure => figure.Loss.ToString("0.0000", CultureInfo.InvariantCulture)));
            (double loss, double accuracy) = (figures.Average(figure => figure.Loss), figures.Average(figure => figure.Accuracy));
            Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {losses} | {loss:0.0000} | {accuracy:0.0000} |"));
        }
    }

    private void Print(BaseModel model, string[] targets, int batch, int tokens, int lines = int.MaxValue)
    {
        string text = string.Join(' ', Enumerable.Repeat("stream", tokens));
        Example[] examples = [.. Enumerable.Range(0, 4 * batch).Select(i => new Example(text, null, i % 2))];
        long process = new DeviceBenchmark(engine, model, tokens, threads: 1).Measure(4, 1, TimeSpan.Zero, CancellationToken.None).ProcessBytes;
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"process {process / 1e6:0} MB; {string.Join(", ", targets)}; batch {batch} × {tokens}; weights {model.WeightBytes / 1e6:0.0} MB"));
        foreach ((string name, MemorySavings savings) in Lines.Take(lines))
        {
            TrainingPlan plan = new() { Steps = 100, BatchSize = batch, LearningRate = 1e-3, MaxTokens = tokens, Seed = 1, Savings = savings };
            var shape = new TrainingShape
            {
                Model = model,
                Labels = 2,
                Rank = 8,
                Variant = AdapterVariant.Lora,
                Targets = targets,
                Plan = plan,
            };
            MemoryPlan planned = MemoryPlanner.Plan(shape, savings, process);
            using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
            LoraAdapter adapter = folder.FirstAdapter(new LoraSettings { Rank = 8, Alpha = 16, TargetModules = targets }, 2, seed: 1);
            using IFineTuning tuning = engine.Start(model, adapter, ["a", "b"], examples, plan);
            double loss = Enumerable.Range(0, 5).Select(_ => tuning.TrainStep()).Last();
            tuning.Snapshot();
            using IFineTuning here = new PortableEngine().Start(model, adapter, ["a", "b"], examples, plan);
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {planned.ActivationBytes / 1e6:0.0} | {planned.WeightBytes / 1e6:0.0} | {planned.TotalBytes / 1e6:0} "
                    + $"| {tuning.PeakBytes / 1e6:0} | {ProcessorMilliseconds(here):0} | {loss:0.000000} |"));
        }
    }

    /// <summary>Of a step, in this process: others' work counts less in it than in the clock's time.</summary>
    private static double ProcessorMilliseconds(IFineTuning tuning)
    {
        const int Steps = 5;
        for (int step = 0; step < Steps; step++)
        {
            tuning.TrainStep();
        }

        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        for (int step = 0; step < Steps; step++)
        {
            tuning.TrainStep();
        }

        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds / Steps;
    }

    private static void Write(string folder, BertConfig config)
    {
        config.Write(Path.Combine(folder, "config.json"));
        foreach (string file in new[] { "vocab.txt", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(Embedded, file), Path.Combine(folder, file));
        }

        var random = new SeededRandom(7);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. new BertModel(config, pooler: false).Layout.Parameters.Select(parameter => new TensorData(
                parameter.Name, parameter.Shape, Values(parameter, random), TensorType.BF16))]);
    }

    private static float[] Values(Parameter parameter, SeededRandom random)
    {
        bool isGain = parameter.Name.EndsWith("LayerNorm.weight", StringComparison.Ordinal);
        float[] values = new float[parameter.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = isGain ? 1 : parameter.Shape.Count == 1 ? 0 : (random.NextInt(2001) - 1000) / 1000f * 0.05f;
        }

        return values;
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("edgeflora-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
