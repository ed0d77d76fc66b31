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

    public IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        if (labels.Count == 0)
        {
            throw new ArgumentException("A task has at least one label.", nameof(labels));
        }

        IClassificationHead head = model.Network.Head(labels.Count);
        return new PortableFineTuning(
            model, new AdaptedModel(model, adapter, head, plan.Frozen), head, new EncodedExamples(model, training, labels.Count, plan.MaxTokens), plan);
    }

    public long TokensAtOnce(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Shards.MostTokensAtOnce(plan.ExamplesPerStep, plan.MaxTokens, plan.Threads, ShardedTraining.ShardTokens);
    }

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        LanguageFit.Require(model, plan);
        return new PortableLanguageTuning(model, new AdaptedModel(model, adapter, head: null, plan.Frozen), training, plan);
    }
}
