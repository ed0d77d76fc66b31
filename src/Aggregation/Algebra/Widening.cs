using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>Sums over single-precision values, carried in double precision: a thousand agents must not cost digits.</summary>
internal static class Widening
{
    /// <summary>The values of <paramref name="x"/> in double precision.</summary>
    public static void Copy(ReadOnlySpan<float> x, Span<double> target)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        Span<Vector<double>> targets = MemoryMarshal.Cast<double, Vector<double>>(target[..x.Length]);
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out targets[2 * i], out targets[(2 * i) + 1]);
        }

        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            target[i] = x[i];
        }
    }

    /// <summary>target = factor · x, each product rounded once.</summary>
    public static void Scale(ReadOnlySpan<float> x, double factor, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target[..x.Length]);
        var factors = new Vector<double>(factor);
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> low, out Vector<double> high);
            targets[i] = Vector.Narrow(low * factors, high * factors);
        }

        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            target[i] = (float)(x[i] * factor);
        }
    }

    /// <summary>Σ xᵢ·yᵢ over the shorter length.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        ReadOnlySpan<Vector<float>> ys = MemoryMarshal.Cast<float, Vector<float>>(y[..x.Length]);
        Vector<double> low = Vector<double>.Zero;
        Vector<double> high = Vector<double>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> xl, out Vector<double> xh);
            Vector.Widen(ys[i], out Vector<double> yl, out Vector<double> yh);
            low = Vector.FusedMultiplyAdd(xl, yl, low);
            high = Vector.FusedMultiplyAdd(xh, yh, high);
        }

        double sum = Vector.Sum(low + high);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>total += factor · x, in double precision.</summary>
    public static void Add(ReadOnlySpan<float> x, double factor, Span<double> total)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        Span<Vector<double>> totals = MemoryMarshal.Cast<double, Vector<double>>(total[..x.Length]);
        var factors = new Vector<double>(factor);
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> low, out Vector<double> high);
            totals[2 * i] = Vector.FusedMultiplyAdd(low, factors, totals[2 * i]);
            totals[(2 * i) + 1] = Vector.FusedMultiplyAdd(high, factors, totals[(2 * i) + 1]);
        }

        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            total[i] += factor * x[i];
        }
    }

    /// <summary><see cref="Add"/>, with Σ x² and Σ x·reference in the same reading of x.</summary>
    /// <param name="next">What will be read next, called into the cache meanwhile: it lies too far away for the processor to foresee.</param>
    public static unsafe (double Squares, double Along) AddAndMeasure(
        ReadOnlySpan<float> x, ReadOnlySpan<float> next, ReadOnlySpan<float> reference, double factor, Span<double> total)
    {
        ref float ahead = ref MemoryMarshal.GetReference(next);
        ReadOnlySpan<Vector512<float>> xs = MemoryMarshal.Cast<float, Vector512<float>>(x);
        ReadOnlySpan<Vector512<float>> rs = MemoryMarshal.Cast<float, Vector512<float>>(reference[..x.Length]);
        Span<Vector512<double>> totals = MemoryMarshal.Cast<double, Vector512<double>>(total[..x.Length]);
        Vector512<double> factors = Vector512.Create(factor);
        Vector512<double> squaresLow = Vector512<double>.Zero;
        Vector512<double> squaresHigh = Vector512<double>.Zero;
        Vector512<double> alongLow = Vector512<double>.Zero;
        Vector512<double> alongHigh = Vector512<double>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref ahead, i * Vector512<float>.Count)));
            }

            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(xs[i]);
            (Vector512<double> referenceLow, Vector512<double> referenceHigh) = Vector512.Widen(rs[i]);
            totals[2 * i] = Vector512.FusedMultiplyAdd(low, factors, totals[2 * i]);
            totals[(2 * i) + 1] = Vector512.FusedMultiplyAdd(high, factors, totals[(2 * i) + 1]);
            squaresLow = Vector512.FusedMultiplyAdd(low, low, squaresLow);
            squaresHigh = Vector512.FusedMultiplyAdd(high, high, squaresHigh);
            alongLow = Vector512.FusedMultiplyAdd(low, referenceLow, alongLow);
            alongHigh = Vector512.FusedMultiplyAdd(high, referenceHigh, alongHigh);
        }

        double squares = Vector512.Sum(squaresLow + squaresHigh);
        double along = Vector512.Sum(alongLow + alongHigh);
        for (int i = xs.Length * Vector512<float>.Count; i < x.Length; i++)
        {
            total[i] += factor * x[i];
            squares += (double)x[i] * x[i];
            along += (double)x[i] * reference[i];
        }

        return (squares, along);
    }
}
