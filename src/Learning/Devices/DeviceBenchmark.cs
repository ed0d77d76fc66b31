using System.Diagnostics;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices;

/// <summary>Trains a throw-away classifier for some steps, to see how fast that goes and what memory it takes.</summary>
/// <param name="maxTokens">Tokens of every example; at most the model's.</param>
/// <param name="threads">Threads of the engine.</param>
/// <param name="variant">What the adapter makes of its factors: DoRA holds another activation for each layer, HiRA a matrix as large as the layer's.</param>
public sealed class DeviceBenchmark(IEngine engine, BaseModel model, int maxTokens, int threads, AdapterVariant variant = AdapterVariant.Lora)
{
    private static readonly string[] Labels = ["even", "odd"];

    /// <summary>Measures one shape.</summary>
    /// <param name="least">Steps go on until they have taken this long; two at least.</param>
    /// <exception cref="AdapterFormatException">The model has no layers of the usual names to adapt, or its folder is gone.</exception>
    public DeviceMeasurement Measure(int rank, int batchSize, TimeSpan least, CancellationToken cancellationToken)
    {
        TrainingPlan plan = Plan(batchSize);
        using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
        LoraAdapter adapter = folder.FirstAdapter(new LoraSettings { Rank = rank, Alpha = 2 * rank, Variant = variant, TargetModules = folder.UsualTargets }, Labels.Length, seed: 0);
        using IFineTuning tuning = engine.Start(model, adapter, Labels, Examples(batchSize), plan);
        tuning.TrainStep();
        double fastest = 0;
        var whole = Stopwatch.StartNew();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            (long tokens, long start) = (tuning.TrainedTokens, Stopwatch.GetTimestamp());
            tuning.TrainStep();
            fastest = Math.Max(fastest, (tuning.TrainedTokens - tokens) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (whole.Elapsed < least);

        return new DeviceMeasurement(rank, batchSize, fastest, tuning.TrainingBytes, engine.TokensAtOnce(plan));
    }

    /// <summary>Tokens whose activations would be in memory at once with batches of this size.</summary>
    public long TokensAtOnce(int batchSize) => engine.TokensAtOnce(Plan(batchSize));

    private TrainingPlan Plan(int batchSize) => new()
    {
        Steps = int.MaxValue,
        BatchSize = batchSize,
        LearningRate = 1e-6,
        MaxTokens = maxTokens,
        Seed = 0,
        Threads = threads,
    };

    /// <summary>Texts that fill every example: more words than tokens fit.</summary>
    private List<Example> Examples(int count)
    {
        string text = string.Join(' ', Enumerable.Repeat("the", maxTokens));
        return [.. Enumerable.Range(0, count).Select(i => new Example(text, null, i % 2))];
    }
}
