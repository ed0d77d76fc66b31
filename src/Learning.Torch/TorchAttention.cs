using EdgeFlora.Learning.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>softmax(q·kᵀ/√width)·v within each sequence and head, on a padded batch.</summary>
internal static class TorchAttention
{
    /// <param name="query">[tokens × heads·width].</param>
    /// <param name="key">[tokens × keyHeads·width], as <paramref name="value"/>.</param>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, AttentionShape shape, PackedSequences sequences)
    {
        Tensor q = Split(query, shape.Heads, sequences);
        Tensor k = Repeat(Split(key, shape.KeyHeads, sequences), shape.Heads / shape.KeyHeads);
        Tensor v = Repeat(Split(value, shape.KeyHeads, sequences), shape.Heads / shape.KeyHeads);

        // Padding stands at the end: a causal token never sees it, and what padding itself computes is dropped.
        int? window = shape.Window < sequences.Longest ? shape.Window : null;

        // The gradient of the fused kernels for CUDA is summed in the order in which threads end, and TorchSharp has no way to ask for their
        // repeatable forms.
        bool plain = query.device_type == DeviceType.CUDA && is_grad_enabled();
        Tensor? mask = window is not null || (plain && shape.Causal) ? Earlier(sequences.Longest, window, query.device)
            : shape.Causal ? null
            : sequences.Present;
        Tensor mixed = plain
            ? Plain(q, k, v, mask)
            : nn.functional.scaled_dot_product_attention(q, k, v, mask, is_casual: shape.Causal && mask is null);
        return sequences.Unpad(mixed.transpose(1, 2).reshape(sequences.Count, sequences.Longest, -1));
    }

    /// <summary>Attention of new tokens to those before them and to themselves. Without gradients only.</summary>
    /// <param name="query">Of the new tokens: [tokens × heads·width].</param>
    /// <param name="known">Keys and values of all tokens of each text: [texts × longest × keyHeads·width] each.</param>
    /// <exception cref="ArgumentException">The attention is not causal: an earlier token would see later ones.</exception>
    public static Tensor Continue(Tensor query, (Tensor Keys, Tensor Values) known, AttentionShape shape, NewTokens added)
    {
        if (!shape.Causal)
        {
            throw new ArgumentException(
                "Keys and values can only be kept where later tokens change nothing for earlier ones: in causal attention.", nameof(shape));
        }

        (long texts, long queries, long width) = (added.Sequences.Count, added.Sequences.Longest, query.shape[1] / shape.Heads);
        int sharing = shape.Heads / shape.KeyHeads;

        // Query heads that share a key stand below each other as rows of one head: the keys are read where they lie and not copied for each.
        Tensor q = added.Sequences.Pad(query).view(texts, queries, shape.KeyHeads, sharing, width).permute(0, 2, 3, 1, 4).reshape(
            texts, shape.KeyHeads, sharing * queries, width);
        Tensor Heads(Tensor all) => all.view(texts, added.Longest, shape.KeyHeads, width).transpose(1, 2);
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            q, Heads(known.Keys), Heads(known.Values), added.Seen(shape.Window).repeat(1, 1, sharing, 1));
        return added.Sequences.Unpad(mixed.view(texts, shape.KeyHeads, sharing, queries, width).permute(0, 3, 1, 2, 4).reshape(texts, queries, -1));
    }

    /// <summary>
    /// The same from single operations, whose gradients have the same bits every time; holds the weights [sequences × heads × longest × longest].
    /// </summary>
    /// <param name="mask">True where a token is seen; null for everywhere.</param>
    public static Tensor Plain(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        Tensor scores = q.matmul(k.transpose(2, 3)).to(ScalarType.Float32).div(Scalars.Of(Math.Sqrt(q.shape[3])));
        Tensor weights = (mask is null ? scores : scores.masked_fill(mask.logical_not(), Scalars.Of(double.NegativeInfinity))).softmax(3);
        return weights.to(v.dtype).matmul(v);
    }

    /// <summary>[tokens × heads·width] to [sequences × heads × longest × width].</summary>
    private static Tensor Split(Tensor packed, int heads, PackedSequences sequences) =>
        sequences.Pad(packed).view(sequences.Count, sequences.Longest, heads, packed.shape[1] / heads).transpose(1, 2);

    /// <summary>Every head so many times, one copy beside the other.</summary>
    private static Tensor Repeat(Tensor heads, int times)
    {
        if (times == 1)
        {
            return heads;
        }

        long[] shape = heads.shape;
        return heads.unsqueeze(2).expand(shape[0], shape[1], times, shape[2], shape[3]).reshape(shape[0], shape[1] * times, shape[2], shape[3]);
    }

    /// <summary>True where token i sees token j: i − window &lt; j ≤ i, or j ≤ i without a window. [longest × longest].</summary>
    private static Tensor Earlier(long longest, int? window, Device device)
    {
        Tensor earlier = ones([longest, longest], ScalarType.Bool, device).tril();
        return window is { } seen ? earlier.logical_and(ones([longest, longest], ScalarType.Bool, device).triu(1 - seen)) : earlier;
    }
}
