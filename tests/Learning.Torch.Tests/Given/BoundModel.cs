using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch.Tests.Given;

/// <summary>A language model with an adapter on a device, to run forward passes on without a training around them.</summary>
internal sealed class BoundModel : IDisposable
{
    private readonly TrainedTensors trained;
    private readonly TokenBatch batch = new();

    public BoundModel(BaseModel model, LoraAdapter adapter, TorchDevice device)
    {
        var adapted = new AdaptedModel(model, adapter, head: null, FrozenFactors.None);
        Network = (ILanguageModel)model.Network;
        Device = device;
        trained = new TrainedTensors(adapted.Trained, device.Device);
        trained.Upload(adapted.Trained.Values);
        Weights = new TorchWeights(adapted.Weights, trained, device);
    }

    public ILanguageModel Network { get; }

    public TorchDevice Device { get; }

    public TorchWeights Weights { get; }

    /// <summary>Scores of the token that follows each text, read whole: [texts × vocabulary].</summary>
    public float[] Scores(IEnumerable<int[]> texts) => Scores(texts.Select(text => (text, 0)), remembered: null);

    /// <summary>The same, where only the last tokens of each text are read.</summary>
    /// <param name="added">New tokens of each text, and how many came before.</param>
    public float[] Scores(IEnumerable<(int[] Tokens, int Read)> added, TorchKeyValueCache? remembered)
    {
        batch.Clear();
        foreach ((int[] tokens, int read) in added)
        {
            batch.Add(tokens, tokens.Length, read);
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var operations = new TorchOperations(Weights, Device, remembered);
        return TorchTraining.Read(Network.Logits(operations, Network.Encode(operations, batch), batch.Ends));
    }

    public void Dispose()
    {
        Weights.Dispose();
        trained.Dispose();
    }
}
