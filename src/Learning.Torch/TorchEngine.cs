using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch;

/// <summary>
/// Training with TorchSharp on a GPU or the processor. Its native code can end the process: run it in one of its own
/// (<see cref="Remote.RemoteEngine"/>).
/// </summary>
internal sealed class TorchEngine(TorchDevice device) : IEngine
{
    public string Name => "torch";

    public string Device => $"{device.Kind}, {device.Detail}";

    public long MemoryBytes => device.MemoryBytes;

    public IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        var start = new ClassificationStart(model, adapter, labels, training, plan);
        return new TorchFineTuning(device.For(model.Storage), start);
    }

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        var start = new LanguageStart(model, adapter, training, plan);
        return new TorchLanguageTuning(device.For(model.Storage), start);
    }
}
