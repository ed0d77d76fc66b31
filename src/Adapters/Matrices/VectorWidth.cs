namespace EdgeFlora.Adapters.Matrices;

/// <summary>Vector registers a product may use, by their size in bits.</summary>
internal enum VectorWidth
{
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}
