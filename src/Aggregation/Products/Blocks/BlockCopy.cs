using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>Copies of many short rows, for which a call each would take longer than the copying.</summary>
internal static class BlockCopy
{
    /// <summary>
    /// Copies <paramref name="rows"/> rows of <paramref name="length"/> values between two matrices with the given distances between rows.
    /// </summary>
    /// <param name="next">
    /// What will be copied next, laid out like <paramref name="source"/> and called into the cache meanwhile: it lies too far away for the processor
    /// to foresee.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The rows do not lie within the source or the target.</exception>
    public static unsafe void Rows(
        ReadOnlySpan<float> source, int sourceStride, Span<float> target, int targetStride, int rows, int length, ReadOnlySpan<float> next)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, ((rows - 1L) * sourceStride) + length, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, ((rows - 1L) * targetStride) + length, nameof(target));
        ref float from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(target);
        ref float ahead = ref MemoryMarshal.GetReference(next);
        for (int row = 0; row < rows; row++)
        {
            nuint x = (nuint)row * (nuint)sourceStride;
            nuint y = (nuint)row * (nuint)targetStride;
            nuint i = 0;
            for (; (int)i <= length - Vector512<float>.Count; i += (nuint)Vector512<float>.Count)
            {
                if (Sse.IsSupported)
                {
                    // A hint: the address need not be valid, and the collector moving things makes it useless, not wrong.
                    Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref ahead, x + i)));
                }

                Vector512.LoadUnsafe(ref from, x + i).StoreUnsafe(ref to, y + i);
            }

            if (Sse.IsSupported)
            {
                // Rows hardly ever begin with a cache line, and so reach into one more.
                Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref ahead, x + (nuint)length - 1)));
            }

            for (; (int)i < length; i++)
            {
                Unsafe.Add(ref to, y + i) = Unsafe.Add(ref from, x + i);
            }
        }
    }
}
