using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>
/// How sequences lie packed in a matrix [tokens × columns], and the way to one padded row of tokens each and back. Lives within one dispose scope.
/// </summary>
internal sealed class PackedSequences
{
    private readonly Tensor? places;
    private readonly Tensor? present;
    private readonly Tensor lengths;

    /// <param name="starts">First token of each sequence and the number of tokens: [sequences + 1].</param>
    public PackedSequences(ReadOnlyMemory<int> starts, Device device)
    {
        Starts = starts;
        ReadOnlySpan<int> first = starts.Span;
        Count = first.Length - 1;
        long[] sizes = new long[Count];
        for (int i = 0; i < Count; i++)
        {
            sizes[i] = first[i + 1] - first[i];
        }

        Longest = sizes.Max();
        lengths = tensor(sizes, [Count, 1], ScalarType.Float32, device);
        if (Array.TrueForAll(sizes, size => size == Longest))
        {
            return;
        }

        long[] targets = new long[first[^1]];
        bool[] tokens = new bool[Count * Longest];
        for (int i = 0; i < Count; i++)
        {
            for (int t = 0; t < sizes[i]; t++)
            {
                targets[first[i] + t] = (i * Longest) + t;
                tokens[(i * Longest) + t] = true;
            }
        }

        places = tensor(targets, device: device);
        present = tensor(tokens, [Count, 1, 1, Longest], device: device);
    }

    public ReadOnlyMemory<int> Starts { get; }

    /// <summary>Number of sequences.</summary>
    public int Count { get; }

    /// <summary>Tokens of a sequence.</summary>
    public int LengthOf(int sequence) => Starts.Span[sequence + 1] - Starts.Span[sequence];

    /// <summary>Tokens of the longest.</summary>
    public long Longest { get; }

    /// <summary>True where a token is, false where padding is: [sequences × 1 × 1 × longest]; null if all are equally long.</summary>
    public Tensor? Present => present;

    /// <summary>[tokens × columns] to [sequences × longest × columns], zero where padding is.</summary>
    public Tensor Pad(Tensor packed)
    {
        Tensor rows = places is null ? packed : packed.new_zeros(Count * Longest, packed.shape[1]).index_copy(0, places, packed);
        return rows.view(Count, Longest, packed.shape[1]);
    }

    /// <summary>[sequences × longest × columns] to [tokens × columns].</summary>
    public Tensor Unpad(Tensor padded)
    {
        Tensor rows = padded.reshape(Count * Longest, padded.shape[2]);
        return places is null ? rows : rows.index_select(0, places);
    }

    /// <summary>Mean over the tokens of each sequence: [sequences × columns], in fp32.</summary>
    public Tensor Mean(Tensor packed) => Pad(packed).sum(1, type: ScalarType.Float32) / lengths;
}
