using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Benchmarks.Training;

/// <summary>How many tokens a second a LoRA step trains on, on one thread and on two.</summary>
internal static class TrainingBenchmark
{
    private const int Rank = 8;
    private const int WarmUpSteps = 10;
    private const double SecondsPerFigure = 3;

    private static readonly (string Name, BertConfig Config, int Length, int Batch, string[] Targets)[] Cases =
    [
        ("embedded model's sizes, query and value", Bert(192, 4, 3), 20, 32, ["query", "value"]),
        ("embedded model's sizes, every linear layer", Bert(192, 4, 3), 20, 32, ["query", "key", "value", "dense"]),
        ("6 layers, 384 wide, query and value", Bert(384, 6, 12), 64, 16, ["query", "value"]),
    ];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| encoder and adapted layers | tokens a step | threads | tokens/s, median | best | step, ms | allocated bytes a step |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach ((string name, BertConfig config, int length, int batch, string[] targets) in Cases)
        {
            BaseModel model = RandomBert.Load(config);
            foreach (int threads in new[] { 1, 2 })
            {
                (double median, double best, long bytes) = Measure(model, length, batch, targets, threads);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {batch}×{length} | {threads} | {batch * length / median:N0} | {batch * length / best:N0} | {1000 * median:F1} | {bytes} |"));
            }
        }
    }

    private static BertConfig Bert(int width, int layers, int heads) => new()
    {
        VocabularySize = 6144,
        HiddenSize = width,
        Layers = layers,
        Heads = heads,
        IntermediateSize = 4 * width,
        MaxPositions = 128,
    };

    private static (double Median, double Best, long Bytes) Measure(BaseModel model, int length, int batch, string[] targets, int threads)
    {
        string text = string.Join(' ', Enumerable.Repeat(RandomBert.Word, length - 2));
        Example[] examples = [.. Enumerable.Range(0, 16 * batch).Select(i => new Example(text, null, i % 2))];
        var plan = new TrainingPlan { Steps = 100_000, BatchSize = batch, LearningRate = 1e-4, MaxTokens = length, Seed = 1, Threads = threads };
        using IFineTuning tuning = new PortableEngine().Start(model, Adapter(model, targets), ["even", "odd"], examples, plan);
        for (int i = 0; i < WarmUpSteps; i++)
        {
            tuning.TrainStep();
        }

        var seconds = new List<double>();
        long bytes = long.MaxValue;
        while (seconds.Sum() < SecondsPerFigure)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            tuning.TrainStep();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);

            // The least: once an epoch the order of the examples takes a new generator.
            bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        seconds.Sort();
        return (seconds[seconds.Count / 2], seconds[0], bytes);
    }

    private static LoraAdapter Adapter(BaseModel model, string[] targets)
    {
        int width = model.Network.HiddenSize;
        var settings = new LoraSettings { Rank = Rank, Alpha = 16, TargetModules = targets, ModulesToSave = ["classifier"] };
        IEnumerable<LinearLayer> adapted = model.Network.Layout.Linears.Where(layer => targets.Any(target => layer.Name.EndsWith($".{target}", StringComparison.Ordinal)));
        return new LoraAdapter(
            settings,
            adapted.Select(layer => KeyValuePair.Create(layer.Name, new LoraFactors(new Matrix(Rank, layer.Inputs), new Matrix(layer.Outputs, Rank)))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([2, width], new float[2 * width])),
                KeyValuePair.Create("classifier.bias", new DenseTensor([2], new float[2])),
            ]);
    }
}
