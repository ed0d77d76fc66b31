using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>Sums of entries that lie at equal distances, each times a number of its own.</summary>
internal static class ScaledSum
{
    // Four sums at once: one alone would wait for each multiply-add before the next.
    private const int Chunk = 4;

    /// <summary>target[i] = Σᵤ factors[u] · source[u · stride + i], in single precision and in the order of u.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The last entry does not lie within the source.</exception>
    public static void Of(ReadOnlySpan<float> source, int stride, ReadOnlySpan<float> factors, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, ((factors.Length - 1L) * stride) + target.Length, nameof(source));
        ref float from = ref MemoryMarshal.GetReference(source);
        int lanes = Vector512<float>.Count;
        int i = 0;
        for (; i <= target.Length - (Chunk * lanes); i += Chunk * lanes)
        {
            Vector512<float> first = Vector512<float>.Zero, second = Vector512<float>.Zero;
            Vector512<float> third = Vector512<float>.Zero, fourth = Vector512<float>.Zero;
            for (int u = 0; u < factors.Length; u++)
            {
                Vector512<float> factor = Vector512.Create(factors[u]);
                nuint at = (nuint)((u * stride) + i);
                first = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref from, at), factor, first);
                second = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref from, at + (nuint)lanes), factor, second);
                third = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref from, at + (2 * (nuint)lanes)), factor, third);
                fourth = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref from, at + (3 * (nuint)lanes)), factor, fourth);
            }

            first.CopyTo(target[i..]);
            second.CopyTo(target[(i + lanes)..]);
            third.CopyTo(target[(i + (2 * lanes))..]);
            fourth.CopyTo(target[(i + (3 * lanes))..]);
        }

        for (; i <= target.Length - lanes; i += lanes)
        {
            Vector512<float> sum = Vector512<float>.Zero;
            for (int u = 0; u < factors.Length; u++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref from, (nuint)((u * stride) + i)), Vector512.Create(factors[u]), sum);
            }

            sum.CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            float sum = 0;
            for (int u = 0; u < factors.Length; u++)
            {
                sum = MathF.FusedMultiplyAdd(source[(u * stride) + i], factors[u], sum);
            }

            target[i] = sum;
        }
    }
}
