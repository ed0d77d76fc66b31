using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>How fast one core moves data that lies in no cache: a bound on products that do little with each value.</summary>
internal sealed unsafe class Bandwidth : IDisposable
{
    private const int Count = 16 << 20; // values: 64 MB, as a matrix of 4096 × 4096

    // A page: what the processor fetches by itself ends with each.
    private const int Ahead = 1024;

    private readonly float* memory;

    private Bandwidth()
    {
        memory = (float*)NativeMemory.AlignedAlloc(Count * sizeof(float), 4096);
        new Span<float>(memory, Count).Clear();
    }

    /// <summary>Bytes per second of reading in order.</summary>
    public double Read { get; private set; }

    /// <summary>Bytes per second of writing in order, past the caches.</summary>
    public double Write { get; private set; }

    /// <summary>Bytes per second of reading and writing the same place, each byte counted twice.</summary>
    public double Update { get; private set; }

    /// <summary>Least seconds in which the operands of a product can be moved once: A and B read, C written or updated.</summary>
    public double SecondsFor(Shape shape)
    {
        double result = sizeof(float) * (double)shape.M * shape.N;
        return ((shape.Bytes - result) / Read) + (shape.Accumulate ? 2 * result / Update : result / Write);
    }

    public static Bandwidth Measure()
    {
        var given = new Bandwidth();
        const double Bytes = (double)Count * sizeof(float);
        Rate[] rates = Rates.Measure((Bytes, given.Sum), (Bytes, given.Stream), (2 * Bytes, given.Add));
        (given.Read, given.Write, given.Update) = (rates[0].Best, rates[1].Best, rates[2].Best);
        return given;
    }

    public void Dispose() => NativeMemory.AlignedFree(memory);

    public override string ToString() => FormattableString.Invariant(
        $"Memory, one core, 64 MB in order, best turn: reading {Read / 1e9:F1} GB/s, writing {Write / 1e9:F1} GB/s, updating {Update / 1e9:F1} GB/s (read and written).");

    private void Sum()
    {
        if (float.IsNaN(TensorPrimitives.Sum<float>(new ReadOnlySpan<float>(memory, Count))))
        {
            throw new InvalidOperationException("A sum of zeros gave NaN.");
        }
    }

    private void Stream()
    {
        Vector512<float> zero = Vector512<float>.Zero;
        for (nint i = 0; i < Count; i += Vector512<float>.Count)
        {
            zero.StoreAlignedNonTemporal(memory + i);
        }
    }

    private void Add()
    {
        Vector512<float> one = Vector512<float>.One;
        for (nint i = 0; i < Count; i += Vector512<float>.Count)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(memory + i + Ahead);
            }

            (Vector512.LoadAligned(memory + i) + one).StoreAligned(memory + i);
        }
    }
}
