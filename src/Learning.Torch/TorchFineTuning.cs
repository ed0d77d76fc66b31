using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>A classifier in training with TorchSharp.</summary>
internal sealed class TorchFineTuning : TorchTraining, IFineTuning
{
    // Tokens in one forward pass without gradients: enough to keep a GPU busy, few enough for any memory.
    private const int TokensPerPass = 8192;

    private readonly ClassificationStart task;

    public TorchFineTuning(TorchDevice device, ClassificationStart start)
        : base(device, start.Training) => task = start;

    public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        EncodedExamples encoded = task.Encode(examples);
        float[][] probabilities = new float[examples.Count][];
        if (probabilities.Length == 0)
        {
            return probabilities;
        }

        // Texts of like length share a pass, so that little of it is padding.
        int[] byLength = [.. Enumerable.Range(0, probabilities.Length).OrderBy(i => encoded.Sequences[i].Length)];
        var passes = new Shards(TokensPerPass);
        passes.Cut(encoded.Sequences, byLength);
        for (int pass = 0; pass < passes.Count; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] chosen = byLength[passes[pass]];
            float[] rows = Infer((operations, tokens) => Read(Logits(operations, tokens, encoded, chosen).softmax(1, ScalarType.Float32)));
            for (int i = 0; i < chosen.Length; i++)
            {
                probabilities[chosen[i]] = rows[(i * task.Head.Labels)..((i + 1) * task.Head.Labels)];
            }
        }

        return probabilities;
    }

    protected override void Prepare()
    {
    }

    protected override Tensor Loss(TorchOperations operations, TokenBatch tokens, Range part)
    {
        int[] chosen = Batch[part].ToArray();
        Tensor logits = Logits(operations, tokens, task.Examples, chosen).to(ScalarType.Float32);
        if (task.LabelOffsets is { } offsets)
        {
            logits = logits.add(tensor(offsets, device: Device.Device));
        }

        Tensor labels = tensor([.. chosen.Select(i => (long)task.Labels[i])], device: Device.Device);
        return nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).div(Scalars.Of(Batch.Length));
    }

    private Tensor Logits(TorchOperations operations, TokenBatch tokens, EncodedExamples examples, int[] chosen)
    {
        tokens.Clear();
        foreach (int index in chosen)
        {
            tokens.Add(examples.Sequences[index], examples.SecondSegments[index]);
        }

        return task.Head.Forward(operations, Model.Network.Encode(operations, tokens), tokens);
    }
}
