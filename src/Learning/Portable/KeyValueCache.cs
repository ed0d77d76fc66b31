namespace EdgeFlora.Learning.Portable;

/// <summary>Keys and values of the tokens of one sequence in every attention layer, so that each token is computed once only.</summary>
internal sealed class KeyValueCache
{
    private readonly List<Layer> layers = [];

    /// <summary>Tokens whose keys and values all layers hold.</summary>
    public int Tokens { get; private set; }

    /// <summary>Appends rows to a layer and returns all of its keys and values: [tokens × width] each.</summary>
    /// <param name="layer">Number of the attention layer, from 0.</param>
    /// <param name="key">[rows × width].</param>
    /// <param name="value">[rows × width].</param>
    public (ReadOnlyMemory<float> Keys, ReadOnlyMemory<float> Values) Append(int layer, ReadOnlySpan<float> key, ReadOnlySpan<float> value, int width)
    {
        if (layer == layers.Count)
        {
            layers.Add(new Layer());
        }

        return layers[layer].Append(Tokens * width, key, value);
    }

    /// <summary>Says that all layers have got the keys and values of so many tokens more.</summary>
    public void Advance(int tokens) => Tokens += tokens;

    private sealed class Layer
    {
        private float[] keys = [];
        private float[] values = [];

        public (ReadOnlyMemory<float> Keys, ReadOnlyMemory<float> Values) Append(int used, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
        {
            int needed = checked(used + key.Length);
            if (keys.Length < needed)
            {
                int capacity = (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * keys.Length));
                Array.Resize(ref keys, capacity);
                Array.Resize(ref values, capacity);
            }

            key.CopyTo(keys.AsSpan(used));
            value.CopyTo(values.AsSpan(used));
            return (keys.AsMemory(0, needed), values.AsMemory(0, needed));
        }
    }
}
