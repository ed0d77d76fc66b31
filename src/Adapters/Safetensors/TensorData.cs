namespace EdgeFlora.Adapters.Safetensors;

/// <summary>A tensor to be written.</summary>
/// <param name="Shape">Dimensions, slowest first.</param>
/// <param name="Values">One value per element, last dimension fastest; must be finite.</param>
/// <param name="Type">What to store: F32 keeps every bit, F16 and BF16 round to nearest even.</param>
public sealed record TensorData(string Name, IReadOnlyList<int> Shape, ReadOnlyMemory<float> Values, TensorType Type = TensorType.F32);
