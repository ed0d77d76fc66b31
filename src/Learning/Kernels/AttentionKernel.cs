using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Scaled dot-product attention (arXiv 1706.03762) of packed sequences: softmax(q·kᵀ/√width)·v within each sequence and head.</summary>
internal static class AttentionKernel
{
    /// <summary>Attention weights of all sequences and heads.</summary>
    public static int ProbabilityCount(ReadOnlySpan<int> starts, int heads)
    {
        long count = 0;
        for (int s = 0; s < starts.Length - 1; s++)
        {
            long length = starts[s + 1] - starts[s];
            count += heads * length * length;
        }

        return checked((int)count);
    }

    public static int Longest(ReadOnlySpan<int> starts)
    {
        int longest = 0;
        for (int s = 0; s < starts.Length - 1; s++)
        {
            longest = Math.Max(longest, starts[s + 1] - starts[s]);
        }

        return longest;
    }

    /// <param name="output">[tokens × width].</param>
    /// <param name="probabilities">Receives the attention weights, one [length × length] matrix for each sequence and head.</param>
    public static void Forward(AttentionInputs inputs, Span<float> output, Span<float> probabilities)
    {
        (int width, int head) = (inputs.Width, inputs.HeadWidth);
        for (int s = 0; s < inputs.Starts.Length - 1; s++)
        {
            int length = inputs.Starts[s + 1] - inputs.Starts[s];
            for (int h = 0; h < inputs.Heads; h++)
            {
                int at = (inputs.Starts[s] * width) + (h * head);
                Span<float> weights = probabilities[..(length * length)];
                probabilities = probabilities[(length * length)..];
                MatrixProduct.Multiply(length, length, head, inputs.Query[at..], width, false, inputs.Key[at..], width, true, weights, length);
                for (int row = 0; row < length; row++)
                {
                    Softmax(weights.Slice(row * length, length), inputs.Scale);
                }

                MatrixProduct.Multiply(length, head, length, weights, length, false, inputs.Value[at..], width, false, output[at..], width);
            }
        }
    }

    /// <summary>Adds to the gradients of query, key and value [tokens × width]; an empty one is not wanted.</summary>
    /// <param name="scratch">At least the square of the longest sequence.</param>
    public static void Backward(
        AttentionInputs inputs, ReadOnlySpan<float> probabilities, ReadOnlySpan<float> dOutput, Span<float> dQuery, Span<float> dKey, Span<float> dValue, Span<float> scratch)
    {
        (int width, int head) = (inputs.Width, inputs.HeadWidth);
        for (int s = 0; s < inputs.Starts.Length - 1; s++)
        {
            int length = inputs.Starts[s + 1] - inputs.Starts[s];
            for (int h = 0; h < inputs.Heads; h++)
            {
                int at = (inputs.Starts[s] * width) + (h * head);
                ReadOnlySpan<float> weights = probabilities[..(length * length)];
                probabilities = probabilities[(length * length)..];
                if (!dValue.IsEmpty)
                {
                    MatrixProduct.Multiply(length, head, length, weights, length, true, dOutput[at..], width, false, dValue[at..], width, accumulate: true);
                }

                if (dQuery.IsEmpty && dKey.IsEmpty)
                {
                    continue;
                }

                Span<float> scores = scratch[..(length * length)];
                MatrixProduct.Multiply(length, length, head, dOutput[at..], width, false, inputs.Value[at..], width, true, scores, length);
                for (int row = 0; row < length; row++)
                {
                    SoftmaxBackward(weights.Slice(row * length, length), inputs.Scale, scores.Slice(row * length, length));
                }

                if (!dQuery.IsEmpty)
                {
                    MatrixProduct.Multiply(length, head, length, scores, length, false, inputs.Key[at..], width, false, dQuery[at..], width, accumulate: true);
                }

                if (!dKey.IsEmpty)
                {
                    MatrixProduct.Multiply(length, head, length, scores, length, true, inputs.Query[at..], width, false, dKey[at..], width, accumulate: true);
                }
            }
        }
    }

    /// <summary>softmax(scale·scores), in place.</summary>
    private static void Softmax(Span<float> scores, float scale)
    {
        TensorPrimitives.Multiply(scores, scale, scores);
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
        TensorPrimitives.Exp(scores, scores);
        TensorPrimitives.Multiply(scores, 1 / TensorPrimitives.Sum(scores), scores);
    }

    /// <summary>From dp to the gradient of the unscaled scores, in place: scale·p ∘ (dp − Σ p ∘ dp).</summary>
    private static void SoftmaxBackward(ReadOnlySpan<float> p, float scale, Span<float> gradient)
    {
        float dot = TensorPrimitives.Dot(p, gradient);
        TensorPrimitives.Subtract(gradient, dot, gradient);
        TensorPrimitives.Multiply(gradient, p, gradient);
        TensorPrimitives.Multiply(gradient, scale, gradient);
    }
}
