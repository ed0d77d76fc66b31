using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Keys and values of the tokens of several texts in every attention layer, so that each token is computed once only.</summary>
internal sealed class TorchKeyValueCache(int texts, Device device) : IDisposable
{
    private const long FirstCapacity = 64;

    // [texts × capacity × columns]; what lies beyond a text's tokens is finite, and seen by none of them.
    private readonly List<(Tensor Keys, Tensor Values)> layers = [];
    private int[] read = new int[texts];

    /// <summary>Begins a forward pass.</summary>
    /// <param name="sequences">The new tokens of each text.</param>
    public NewTokens Add(PackedSequences sequences)
    {
        var added = new NewTokens(sequences, read, device);
        for (int text = 0; text < read.Length; text++)
        {
            read[text] += sequences.LengthOf(text);
        }

        return added;
    }

    /// <summary>Takes a layer's keys and values of the new tokens and returns those of all: [texts × longest × columns] each.</summary>
    /// <param name="layer">Number of the attention layer, from 0.</param>
    /// <param name="keys">[tokens × columns].</param>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values, NewTokens added)
    {
        if (layer == layers.Count)
        {
            layers.Add((Empty(keys, FirstCapacity), Empty(values, FirstCapacity)));
        }

        (Tensor Keys, Tensor Values) held = (Grown(layers[layer].Keys, added.Longest), Grown(layers[layer].Values, added.Longest));
        layers[layer] = held;
        held.Keys.index_put_(keys, added.Texts, added.Places);
        held.Values.index_put_(values, added.Texts, added.Places);
        return (held.Keys.narrow(1, 0, added.Longest), held.Values.narrow(1, 0, added.Longest));
    }

    /// <summary>Forgets all texts but some.</summary>
    /// <param name="kept">Their places, which they lose: the first of them is text 0 from now on.</param>
    public void Keep(IReadOnlyList<int> kept)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor places = tensor(kept.ToArray(), device: device);
        for (int layer = 0; layer < layers.Count; layer++)
        {
            layers[layer] = (Replaced(layers[layer].Keys, places), Replaced(layers[layer].Values, places));
        }

        read = [.. kept.Select(text => read[text])];
    }

    public void Dispose()
    {
        foreach ((Tensor keys, Tensor values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    private static Tensor Replaced(Tensor all, Tensor places)
    {
        Tensor some = all.index_select(0, places).DetachFromDisposeScope();
        all.Dispose();
        return some;
    }

    private Tensor Empty(Tensor like, long capacity) => like.new_zeros(read.Length, capacity, like.shape[1]).DetachFromDisposeScope();

    private Tensor Grown(Tensor all, long needed)
    {
        (long capacity, long columns) = (all.shape[1], all.shape[2]);
        if (capacity >= needed)
        {
            return all;
        }

        Tensor larger = all.new_zeros(read.Length, Math.Max(needed, 2 * capacity), columns).DetachFromDisposeScope();
        larger.narrow(1, 0, capacity).copy_(all);
        all.Dispose();
        return larger;
    }
}
