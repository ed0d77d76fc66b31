using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// Writes past the caches: a result too large to be found there again need not be read from memory line by line before it is overwritten.
/// </summary>
internal static unsafe class Stream
{
    /// <summary>Bytes of a cache line.</summary>
    public const int Line = 64;

    /// <summary>Whether rows of <paramref name="c"/> are whole cache lines; a line written in two parts costs more than it saves.</summary>
    public static bool Fits(Strided c, nint lanes) =>
        c.ColumnStride == 1 && (nint)c.Values % Line == 0 && (c.RowStride * sizeof(float)) % Line == 0 && (lanes * sizeof(float)) % Line == 0;

    /// <summary>Copies [rows × lanes] of a tile whose rows lie <paramref name="width"/> values apart.</summary>
    public static void Write(float* tile, nint width, Strided c, nint rows, nint lanes)
    {
        for (nint row = 0; row < rows; row++)
        {
            float* source = tile + (row * width);
            float* target = c.At(row, 0);
            for (nint lane = 0; lane < lanes; lane += Line / sizeof(float))
            {
                if (Vector512.IsHardwareAccelerated)
                {
                    Vector512.StoreAlignedNonTemporal(Vector512.Load(source + lane), target + lane);
                    continue;
                }

                Vector128.StoreAlignedNonTemporal(Vector128.Load(source + lane), target + lane);
                Vector128.StoreAlignedNonTemporal(Vector128.Load(source + lane + 4), target + lane + 4);
                Vector128.StoreAlignedNonTemporal(Vector128.Load(source + lane + 8), target + lane + 8);
                Vector128.StoreAlignedNonTemporal(Vector128.Load(source + lane + 12), target + lane + 12);
            }
        }
    }
}
