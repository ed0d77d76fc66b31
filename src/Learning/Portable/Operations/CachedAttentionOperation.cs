using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>Attention of the last tokens of sequences whose earlier keys and values are remembered. Inference only.</summary>
internal sealed class CachedAttentionOperation : ITapeOperation
{
    public Activation Output { get; } = new();

    /// <param name="layer">Number of the attention layer in this forward pass, from 0.</param>
    /// <param name="caches">One for each sequence.</param>
    /// <exception cref="ArgumentException">The attention is not causal: an earlier token would see later ones.</exception>
    public Activation Forward(
        Tape tape, int layer, IReadOnlyList<KeyValueCache> caches, Activation q, Activation k, Activation v, AttentionShape shape, ReadOnlyMemory<int> starts)
    {
        if (!shape.Causal)
        {
            throw new ArgumentException("Keys and values can only be kept where later tokens change nothing for earlier ones: in causal attention.", nameof(shape));
        }

        Output.Set(tape.Arena, q.Rows, q.Columns, needsGradient: false);
        ReadOnlySpan<int> start = starts.Span;
        for (int s = 0; s < caches.Count; s++)
        {
            int rows = start[s + 1] - start[s];
            (ReadOnlyMemory<float> keys, ReadOnlyMemory<float> values) = caches[s].Append(
                layer, k.Value.Slice(start[s] * k.Columns, rows * k.Columns), v.Value.Slice(start[s] * v.Columns, rows * v.Columns), k.Columns);
            ReadOnlySpan<int> queryStarts = [0, rows];
            ReadOnlySpan<int> keyStarts = [0, keys.Length / k.Columns];
            var inputs = new AttentionInputs(
                q.Value.Slice(start[s] * q.Columns, rows * q.Columns), keys.Span, values.Span, q.Columns / shape.Heads, shape, queryStarts, keyStarts);
            Memory<float> weights = tape.Arena.Take(AttentionKernel.LargestBlock(shape, queryStarts, keyStarts));
            AttentionKernel.Forward(inputs, Output.Value.Slice(start[s] * q.Columns, rows * q.Columns), weights.Span, keep: false);
            tape.Arena.Return(weights);
        }

        return Output;
    }

    public void Backward(Tape tape) => throw new InvalidOperationException("Attention over remembered keys has no gradient: it serves inference.");
}
