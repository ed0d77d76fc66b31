using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Softmax with cross-entropy over the rows of logits [rows × classes].</summary>
internal static class CrossEntropyKernel
{
    /// <summary>Turns the logits into probabilities in place.</summary>
    /// <returns>Sum over the rows of −ln p(label), in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label lies outside the classes.</exception>
    public static double Forward(Span<float> logits, int classes, ReadOnlySpan<int> labels)
    {
        double loss = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            Span<float> scores = logits.Slice(row * classes, classes);
            if ((uint)labels[row] >= (uint)classes)
            {
                throw new ArgumentOutOfRangeException(nameof(labels), labels[row], $"Label {labels[row]} is none of {classes} classes.");
            }

            float max = TensorPrimitives.Max(scores);
            float target = scores[labels[row]];
            TensorPrimitives.Subtract(scores, max, scores);
            TensorPrimitives.Exp(scores, scores);
            float sum = TensorPrimitives.Sum(scores);
            TensorPrimitives.Divide(scores, sum, scores);
            loss += Math.Log(sum) + max - target;
        }

        return loss;
    }

    /// <summary>d logits = weight·(p − one-hot(label)).</summary>
    public static void Backward(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<int> labels, float weight, Span<float> gradient)
    {
        TensorPrimitives.Multiply(probabilities, weight, gradient);
        for (int row = 0; row < labels.Length; row++)
        {
            gradient[(row * classes) + labels[row]] -= weight;
        }
    }
}
