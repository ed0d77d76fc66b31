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

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        if (plan.LogitAdjustment != 0)
        {
            throw new ArgumentException($"LogitAdjustment is {plan.LogitAdjustment}; it belongs to classification and must be 0 for a language model.", nameof(plan));
        }

        if (model.Network is not ILanguageModel { PredictsTokens: true })
        {
            throw new ArgumentException(
                $"{model.Folder} predicts no tokens: it is an encoder, or its checkpoint has no lm_head. Language modelling takes a decoder such as gpt2 or llama.", nameof(model));
        }

        return new PortableLanguageTuning(model, new AdaptedModel(model, adapter, head: null, plan.Frozen), training, plan);
    }
}
