using EdgeFlora.Learning.Models;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>softmax(q·kᵀ/√width)·v within each sequence and head, by libtorch's fused kernel on a padded batch.</summary>
internal static class TorchAttention
{
    /// <param name="query">[tokens × heads·width].</param>
    /// <param name="key">[tokens × keyHeads·width], as <paramref name="value"/>.</param>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, AttentionShape shape, PackedSequences sequences)
    {
        Tensor q = Split(query, shape.Heads, sequences);
        Tensor k = Split(key, shape.KeyHeads, sequences);
        Tensor v = Split(value, shape.KeyHeads, sequences);
        if (shape.KeyHeads < shape.Heads)
        {
            (k, v) = (k.repeat_interleave(shape.Heads / shape.KeyHeads, 1), v.repeat_interleave(shape.Heads / shape.KeyHeads, 1));
        }

        // Padding stands at the end: a causal token never sees it, and what padding itself computes is dropped.
        int? window = shape.Window < sequences.Longest ? shape.Window : null;
        Tensor? mask = window is { } seen ? Window(sequences.Longest, seen, query.device) : shape.Causal ? null : sequences.Present;
        Tensor mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask, is_casual: shape.Causal && mask is null);
        return sequences.Unpad(mixed.transpose(1, 2).reshape(sequences.Count, sequences.Longest, -1));
    }

    /// <summary>[tokens × heads·width] to [sequences × heads × longest × width].</summary>
    private static Tensor Split(Tensor packed, int heads, PackedSequences sequences) =>
        sequences.Pad(packed).view(sequences.Count, sequences.Longest, heads, packed.shape[1] / heads).transpose(1, 2);

    /// <summary>True where token i sees token j: i − window &lt; j ≤ i. [longest × longest].</summary>
    private static Tensor Window(long longest, int window, Device device) =>
        ones([longest, longest], ScalarType.Bool, device).tril().logical_and(ones([longest, longest], ScalarType.Bool, device).triu(1 - window));
}
