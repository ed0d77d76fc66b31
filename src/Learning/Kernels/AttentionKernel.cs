using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Scaled dot-product attention (arXiv 1706.03762) of packed sequences: softmax(q·kᵀ/√width)·v within each sequence and head.</summary>
internal static class AttentionKernel
{
    /// <summary>Attention weights of all sequences and heads.</summary>
    public static int ProbabilityCount(AttentionShape shape, ReadOnlySpan<int> starts)
    {
        long count = 0;
        for (int s = 0; s < starts.Length - 1; s++)
        {
            int length = starts[s + 1] - starts[s];
            for (int b = 0; b < AttentionBlock.Count(shape, length); b++)
            {
                count += shape.Heads * (long)AttentionBlock.At(shape, length, length, b).Length;
            }
        }

        return checked((int)count);
    }

    /// <summary>Attention weights of the largest block.</summary>
    public static int LargestBlock(AttentionShape shape, ReadOnlySpan<int> starts, ReadOnlySpan<int> keyStarts)
    {
        int largest = 0;
        for (int s = 0; s < starts.Length - 1; s++)
        {
            int queries = starts[s + 1] - starts[s];
            for (int b = 0; b < AttentionBlock.Count(shape, queries); b++)
            {
                largest = Math.Max(largest, AttentionBlock.At(shape, queries, keyStarts[s + 1] - keyStarts[s], b).Length);
            }
        }

        return largest;
    }

    /// <param name="output">[tokens × heads·width].</param>
    /// <param name="probabilities">Receives the attention weights, one block after the other, of <see cref="ProbabilityCount"/> values; or room for the largest block.</param>
    /// <param name="keep">Whether all weights are kept, for <see cref="Backward"/>.</param>
    public static void Forward(AttentionInputs inputs, Span<float> output, Span<float> probabilities, bool keep)
    {
        (int width, int keyWidth, int head) = (inputs.Width, inputs.KeyWidth, inputs.HeadWidth);
        for (int s = 0; s < inputs.Sequences; s++)
        {
            int queries = inputs.Starts[s + 1] - inputs.Starts[s];
            int keys = inputs.KeyStarts[s + 1] - inputs.KeyStarts[s];
            for (int h = 0; h < inputs.Shape.Heads; h++)
            {
                for (int b = 0; b < AttentionBlock.Count(inputs.Shape, queries); b++)
                {
                    AttentionBlock block = AttentionBlock.At(inputs.Shape, queries, keys, b);
                    int at = inputs.QueryAt(s, h, block);
                    int keyAt = inputs.KeyAt(s, h, block);
                    Span<float> weights = probabilities[..block.Length];
                    probabilities = keep ? probabilities[block.Length..] : probabilities;
                    MatrixProduct.Multiply(
                        block.Rows, block.Keys, head, inputs.Query[at..], width, false, inputs.Key[keyAt..], keyWidth, true, weights, block.Keys);
                    for (int row = 0; row < block.Rows; row++)
                    {
                        Softmax(weights.Slice(row * block.Keys, block.Keys), block.Seen(inputs.Shape, row), inputs.Scale);
                    }

                    MatrixProduct.Multiply(
                        block.Rows, head, block.Keys, weights, block.Keys, false, inputs.Value[keyAt..], keyWidth, false, output[at..], width);
                }
            }
        }
    }

    /// <summary>Adds to the gradients of query, key and value; an empty one is not wanted.</summary>
    /// <param name="scratch">Room for the largest block.</param>
    public static void Backward(
        AttentionInputs inputs, ReadOnlySpan<float> probabilities, ReadOnlySpan<float> dOutput, Span<float> dQuery, Span<float> dKey, Span<float> dValue, Span<float> scratch)
    {
        (int width, int keyWidth, int head) = (inputs.Width, inputs.KeyWidth, inputs.HeadWidth);
        for (int s = 0; s < inputs.Sequences; s++)
        {
            int length = inputs.Starts[s + 1] - inputs.Starts[s];
            for (int h = 0; h < inputs.Shape.Heads; h++)
            {
                for (int b = 0; b < AttentionBlock.Count(inputs.Shape, length); b++)
                {
                    AttentionBlock block = AttentionBlock.At(inputs.Shape, length, length, b);
                    int at = inputs.QueryAt(s, h, block);
                    int keyAt = inputs.KeyAt(s, h, block);
                    (int rows, int keys) = (block.Rows, block.Keys);
                    ReadOnlySpan<float> weights = probabilities[..block.Length];
                    probabilities = probabilities[block.Length..];
                    if (!dValue.IsEmpty)
                    {
                        MatrixProduct.Multiply(keys, head, rows, weights, keys, true, dOutput[at..], width, false, dValue[keyAt..], keyWidth, accumulate: true);
                    }

                    if (dQuery.IsEmpty && dKey.IsEmpty)
                    {
                        continue;
                    }

                    Span<float> scores = scratch[..block.Length];
                    MatrixProduct.Multiply(rows, keys, head, dOutput[at..], width, false, inputs.Value[keyAt..], keyWidth, true, scores, keys);
                    for (int row = 0; row < rows; row++)
                    {
                        SoftmaxBackward(weights.Slice(row * keys, keys), block.Seen(inputs.Shape, row), inputs.Scale, scores.Slice(row * keys, keys));
                    }

                    if (!dQuery.IsEmpty)
                    {
                        MatrixProduct.Multiply(rows, head, keys, scores, keys, false, inputs.Key[keyAt..], keyWidth, false, dQuery[at..], width, accumulate: true);
                    }

                    if (!dKey.IsEmpty)
                    {
                        MatrixProduct.Multiply(keys, head, rows, scores, keys, true, inputs.Query[at..], width, false, dKey[keyAt..], keyWidth, accumulate: true);
                    }
                }
            }
        }
    }

    /// <summary>softmax(scale·scores) over the keys that are seen, in place; 0 for the others.</summary>
    private static void Softmax(Span<float> row, (int First, int Count) seen, float scale)
    {
        Span<float> scores = row.Slice(seen.First, seen.Count);
        TensorPrimitives.Multiply(scores, scale, scores);
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
        TensorPrimitives.Exp(scores, scores);
        TensorPrimitives.Multiply(scores, 1 / TensorPrimitives.Sum(scores), scores);
        ClearUnseen(row, seen);
    }

    /// <summary>From dp to the gradient of the unscaled scores, in place: scale·p ∘ (dp − Σ p ∘ dp); 0 for keys that are not seen.</summary>
    private static void SoftmaxBackward(ReadOnlySpan<float> probabilities, (int First, int Count) seen, float scale, Span<float> row)
    {
        ReadOnlySpan<float> p = probabilities.Slice(seen.First, seen.Count);
        Span<float> gradient = row.Slice(seen.First, seen.Count);
        float dot = TensorPrimitives.Dot(p, gradient);
        TensorPrimitives.Subtract(gradient, dot, gradient);
        TensorPrimitives.Multiply(gradient, p, gradient);
        TensorPrimitives.Multiply(gradient, scale, gradient);
        ClearUnseen(row, seen);
    }

    private static void ClearUnseen(Span<float> row, (int First, int Count) seen)
    {
        row[..seen.First].Clear();
        row[(seen.First + seen.Count)..].Clear();
    }
}
