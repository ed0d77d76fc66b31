namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Memory for packed panels: one block a thread, grown when needed and then kept, so that a product allocates nothing.</summary>
internal static unsafe class Scratch
{
    private const int Alignment = 64; // bytes: a cache line, and the widest register

    [ThreadStatic]
    private static float[]? block;

    /// <summary>At least <paramref name="length"/> values, aligned to a cache line; what they hold is left over from earlier use.</summary>
    public static float* Rent(nint length)
    {
        float[]? current = block;
        if (current is null || current.Length - (Alignment / sizeof(float)) < length)
        {
            // Pinned for good, so that the address may be kept; the collector frees it after the thread has ended.
            current = GC.AllocateUninitializedArray<float>(checked((int)length + (Alignment / sizeof(float))), pinned: true);
            block = current;
        }

        nint address = (nint)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(current, 0);
        return (float*)((address + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
