using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>Σ weight·(−ln softmax(logits)[label]); d logits = weight·(softmax(logits) − one-hot(label)).</summary>
internal sealed class CrossEntropyOperation : ITapeOperation
{
    private Activation? logits;
    private ReadOnlyMemory<int> labels;
    private float weight;

    // softmax(logits) [rows × classes].
    private Memory<float> probabilities;

    public Activation Output { get; } = new();

    public double Forward(Tape tape, Activation scores, ReadOnlyMemory<int> classes, float rowWeight)
    {
        (logits, labels, weight) = (scores, classes, rowWeight);
        Output.Set(tape.Arena, 0, 0, scores.NeedsGradient);
        probabilities = tape.Arena.Take(scores.Length);
        return CrossEntropyKernel.Forward(scores.Value, scores.Columns, classes.Span, probabilities.Span) * rowWeight;
    }

    public void Backward(Tape tape) =>
        CrossEntropyKernel.Backward(probabilities.Span, logits!.Columns, labels.Span, weight, logits.GradientToWrite());
}
