using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>softmax(q·kᵀ/√width)·v within each sequence and head, by libtorch's fused kernel on a padded batch.</summary>
internal static class TorchAttention
{
    /// <param name="query">[tokens × heads·width].</param>
    /// <param name="key">[tokens × keyHeads·width]; each key head serves heads/keyHeads neighbouring query heads.</param>
    /// <param name="causal">Whether a token sees itself and earlier tokens only.</param>
    /// <param name="window">Tokens that a token sees at most, itself included; null for no limit.</param>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, int heads, int keyHeads, bool causal, int? window, PackedSequences sequences)
    {
        Tensor q = Split(query, heads, sequences);
        Tensor k = Split(key, keyHeads, sequences);
        Tensor v = Split(value, keyHeads, sequences);
        if (keyHeads < heads)
        {
            (k, v) = (k.repeat_interleave(heads / keyHeads, 1), v.repeat_interleave(heads / keyHeads, 1));
        }

        // Padding stands at the end: a causal token never sees it, and what padding itself computes is dropped.
        bool narrow = window is { } seen && seen < sequences.Longest;
        Tensor? mask = narrow ? Window(sequences.Longest, window!.Value, query.device) : causal ? null : sequences.Present;
        Tensor mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask, is_casual: causal && !narrow);
        return sequences.Unpad(mixed.transpose(1, 2).reshape(sequences.Count, sequences.Longest, -1));
    }

    /// <summary>[tokens × heads·width] to [sequences × heads × longest × width].</summary>
    private static Tensor Split(Tensor packed, int heads, PackedSequences sequences) =>
        sequences.Pad(packed).view(sequences.Count, sequences.Longest, heads, packed.shape[1] / heads).transpose(1, 2);

    /// <summary>True where token i sees token j: i − window &lt; j ≤ i. [longest × longest].</summary>
    private static Tensor Window(long longest, int window, Device device) =>
        ones([longest, longest], ScalarType.Bool, device).tril().logical_and(ones([longest, longest], ScalarType.Bool, device).triu(1 - window));
}
