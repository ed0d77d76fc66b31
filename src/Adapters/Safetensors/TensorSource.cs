namespace EdgeFlora.Adapters.Safetensors;

/// <summary>A tensor to be written whose bytes are made when their turn comes: for files larger than memory.</summary>
/// <param name="Shape">Dimensions, slowest first.</param>
/// <param name="Write">Writes exactly as many bytes as shape and type ask for.</param>
internal sealed record TensorSource(string Name, IReadOnlyList<int> Shape, TensorType Type, Action<Stream> Write)
{
    /// <summary>Bytes of the whole tensor; −1 if a dimension is negative or there are more than a file can have.</summary>
    public long ByteLength
    {
        get
        {
            Int128 count = Shape.Aggregate(Int128.One, (product, d) => d < 0 || product < 0 || product > long.MaxValue ? -1 : product * d);
            return count < 0 || count > long.MaxValue / Type.Bytes() ? -1 : (long)count * Type.Bytes();
        }
    }
}
