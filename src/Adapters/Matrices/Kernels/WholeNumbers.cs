using System.Numerics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>8-bit whole numbers with a scale.</summary>
internal static class WholeNumbers
{
    /// <summary>target = scale · source, each product rounded once.</summary>
    public static void Widen(ReadOnlySpan<sbyte> source, float scale, Span<float> target)
    {
        int i = 0;
        int quarter = Vector<float>.Count;
        for (; i <= source.Length - Vector<sbyte>.Count; i += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(source[i..]), out Vector<short> low, out Vector<short> high);
            Vector.Widen(low, out Vector<int> first, out Vector<int> second);
            Vector.Widen(high, out Vector<int> third, out Vector<int> fourth);
            (Vector.ConvertToSingle(first) * scale).CopyTo(target[i..]);
            (Vector.ConvertToSingle(second) * scale).CopyTo(target[(i + quarter)..]);
            (Vector.ConvertToSingle(third) * scale).CopyTo(target[(i + (2 * quarter))..]);
            (Vector.ConvertToSingle(fourth) * scale).CopyTo(target[(i + (3 * quarter))..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = source[i] * scale;
        }
    }
}
