using System.Runtime.Intrinsics;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>Training on the processor in C# alone: no native library, the same bits for any number of threads.</summary>
public sealed class PortableEngine : IEngine
{
    public string Name => "portable";

    public string Device => $"cpu ({VectorWidth}, {Environment.ProcessorCount} cores)";

    public long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static string VectorWidth =>
        Vector512.IsHardwareAccelerated ? "512-bit vectors" : Vector256.IsHardwareAccelerated ? "256-bit vectors" : "128-bit vectors";

    public IFineTuning Start(
        BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan) =>
        new PortableFineTuning(new ClassificationStart(Held(model, plan), adapter, labels, training, plan));

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan) =>
        new PortableLanguageTuning(new LanguageStart(Held(model, plan), adapter, training, plan));

    public long TokensAtOnce(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Shards.MostTokensAtOnce(plan.ExamplesPerStep, plan.MaxTokens, plan.Threads, plan.Savings.ShardTokens);
    }

    private static BaseModel Held(BaseModel model, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Savings.Storage is { } storage ? model.Rounded(storage) : model;
    }
}
