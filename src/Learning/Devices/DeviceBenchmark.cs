using System.Diagnostics;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices;

/// <summary>Trains a throw-away adapter for some steps, to see how fast that goes and what memory it takes.</summary>
/// <param name="maxTokens">Tokens of every example; at most the model's.</param>
/// <param name="threads">Threads of the engine.</param>
/// <param name="variant">
/// What the adapter makes of its factors: DoRA holds another activation for each layer, HiRA a matrix as large as the layer's.
/// </param>
/// <param name="savings">With what savings is measured; null for none.</param>
/// <param name="language">Whether a language model is trained, whose scores of every token take memory of their own; else a classifier.</param>
public sealed class DeviceBenchmark(
    IEngine engine,
    BaseModel model,
    int maxTokens,
    int threads,
    AdapterVariant variant = AdapterVariant.Lora,
    bool language = false,
    MemorySavings? savings = null)
{
    private readonly MemorySavings savings = savings ?? MemorySavings.None;

    private static readonly string[] Labels = ["even", "odd"];

    /// <summary>Measures one shape.</summary>
    /// <param name="least">Steps go on until they have taken this long; two at least.</param>
    /// <exception cref="AdapterFormatException">The model has no layers of the usual names to adapt, or its folder is gone.</exception>
    public DeviceMeasurement Measure(int rank, int batchSize, TimeSpan least, CancellationToken cancellationToken)
    {
        TrainingPlan plan = Plan(batchSize);
        using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
        using ITraining tuning = Start(
            folder, new LoraSettings { Rank = rank, Alpha = 2 * rank, Variant = variant, TargetModules = folder.UsualTargets }, plan);
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

        MemoryPlan? counted = MemoryPlanner.Covers(engine) ? MemoryPlanner.Plan(Shape(rank, folder.UsualTargets, plan), savings, 0) : null;
        long training = tuning.TrainingBytes ?? (counted is null ? 0 : counted.ActivationBytes + counted.AdapterBytes);
        return new DeviceMeasurement(rank, batchSize, fastest, tuning.TrainingBytes, engine.TokensAtOnce(plan))
        {
            ProcessBytes = Math.Max(0, tuning.PeakBytes - training - model.WeightBytes),
        };
    }

    /// <summary>The memory of one shape, counted and not measured, where the engine is one whose memory can be.</summary>
    public TrainingShape Shape(int rank, int batchSize)
    {
        using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
        return Shape(rank, folder.UsualTargets, Plan(batchSize));
    }

    /// <summary>Tokens whose activations would be in memory at once with batches of this size.</summary>
    public long TokensAtOnce(int batchSize) => engine.TokensAtOnce(Plan(batchSize));

    private ITraining Start(BaseModelFolder folder, LoraSettings settings, TrainingPlan plan) => language
        ? engine.StartLanguage(model, folder.FirstAdapter(settings, seed: 0), Texts(plan.BatchSize), plan)
        : engine.Start(model, folder.FirstAdapter(settings, Labels.Length, seed: 0), Labels, Examples(plan.BatchSize), plan);

    private TrainingPlan Plan(int batchSize) => new()
    {
        Steps = int.MaxValue,
        BatchSize = batchSize,
        LearningRate = 1e-6,
        MaxTokens = maxTokens,
        Seed = 0,
        Threads = threads,
        Savings = savings,
    };

    private TrainingShape Shape(int rank, IReadOnlyList<string> targets, TrainingPlan plan) => new()
    {
        Model = model,
        Labels = language ? null : Labels.Length,
        Rank = rank,
        Variant = variant,
        Targets = targets,
        Plan = plan,
    };

    /// <summary>As many tokens as are read at once, and the one after them: which ones makes no difference.</summary>
    private List<LanguageSequence> Texts(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new LanguageSequence(new int[maxTokens + 1], FirstTarget: 1, Bytes: maxTokens))];

    /// <summary>Texts that fill every example: more words than tokens fit.</summary>
    private List<Example> Examples(int count)
    {
        string text = string.Join(' ', Enumerable.Repeat("the", maxTokens));
        return [.. Enumerable.Range(0, count).Select(i => new Example(text, null, i % 2))];
    }
}
