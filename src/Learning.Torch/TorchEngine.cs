using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch;

/// <summary>Training with TorchSharp on a GPU or the processor. Its native code can end the process: run it in one of its own (<see cref="Remote.RemoteEngine"/>).</summary>
internal sealed class TorchEngine(TorchDevice device) : IEngine
{
    public string Name => "torch";

    public string Device => $"{device.Kind}, {device.Detail}";

    public long MemoryBytes => device.MemoryBytes;

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
        return new TorchFineTuning(
            device, model, new AdaptedModel(model, adapter, head, plan.Frozen), head, new EncodedExamples(model, training, labels.Count, plan.MaxTokens), plan);
    }

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        LanguageFit.Require(model, plan);
        return new TorchLanguageTuning(device, model, new AdaptedModel(model, adapter, head: null, plan.Frozen), training, plan);
    }
}
