namespace EdgeFlora.Adapters.Safetensors;

/// <summary>What a file's header says of one tensor; checked against the file before it is handed out.</summary>
/// <param name="Name">As in the file, e.g. <c>bert.encoder.layer.0.attention.self.query.weight</c>.</param>
/// <param name="Shape">Dimensions, slowest first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file; not necessarily aligned to the element size.</param>
/// <param name="ByteLength">Number of elements × bytes of one.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<int> Shape, long Offset, long ByteLength)
{
    /// <summary>Number of elements.</summary>
    public long Count => ByteLength / Type.Bytes();
}
