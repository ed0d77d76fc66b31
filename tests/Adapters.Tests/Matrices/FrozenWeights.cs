using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Tests.Matrices;

/// <summary>Weights of every type that one can be held as.</summary>
internal static class FrozenWeights
{
    public static readonly TensorType[] Types = [TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.I8, TensorType.U8];

    public static FrozenWeight Weight(TensorType type, int rows, int columns)
    {
        float[] values = Values(rows * columns, seed: 5);
        switch (type)
        {
            case TensorType.F32:
                return new FrozenWeight(rows, columns, values);
            case TensorType.I8:
                return new FrozenWeight(rows, columns, values).Quantise();
            case TensorType.U8:
                return new FrozenWeight(rows, columns, values).ToNormalFloats();
            default:
                byte[] bytes = new byte[2 * values.Length];
                SinglePrecision.Narrow(type, values, bytes);
                return FrozenWeight.Narrow(type, rows, columns, bytes);
        }
    }

    public static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
