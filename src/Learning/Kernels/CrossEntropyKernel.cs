using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Softmax with cross-entropy over the rows of logits [rows × classes].</summary>
internal static class CrossEntropyKernel
{
    /// <param name="probabilities">Receives the softmax of each row: [rows × classes].</param>
    /// <returns>Sum over the rows of −ln p(label), in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label lies outside the classes.</exception>
    public static double Forward(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels, Span<float> probabilities)
    {
        double loss = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> scores = logits.Slice(row * classes, classes);
            Span<float> p = probabilities.Slice(row * classes, classes);
            if ((uint)labels[row] >= (uint)classes)
            {
                throw new ArgumentOutOfRangeException(nameof(labels), labels[row], $"Label {labels[row]} is none of {classes} classes.");
            }

            float max = TensorPrimitives.Max(scores);
            TensorPrimitives.Subtract(scores, max, p);
            TensorPrimitives.Exp(p, p);
            float sum = TensorPrimitives.Sum<float>(p);
            TensorPrimitives.Divide(p, sum, p);
            loss += Math.Log(sum) + max - scores[labels[row]];
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
