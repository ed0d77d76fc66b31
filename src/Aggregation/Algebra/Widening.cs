using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>Sums over single-precision values, carried in double precision: a thousand agents must not cost digits.</summary>
internal static class Widening
{
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
    public static (double Squares, double Along) AddAndMeasure(ReadOnlySpan<float> x, ReadOnlySpan<float> reference, double factor, Span<double> total)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        ReadOnlySpan<Vector<float>> rs = MemoryMarshal.Cast<float, Vector<float>>(reference[..x.Length]);
        Span<Vector<double>> totals = MemoryMarshal.Cast<double, Vector<double>>(total[..x.Length]);
        var factors = new Vector<double>(factor);
        Vector<double> squaresLow = Vector<double>.Zero;
        Vector<double> squaresHigh = Vector<double>.Zero;
        Vector<double> alongLow = Vector<double>.Zero;
        Vector<double> alongHigh = Vector<double>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> low, out Vector<double> high);
            Vector.Widen(rs[i], out Vector<double> referenceLow, out Vector<double> referenceHigh);
            totals[2 * i] = Vector.FusedMultiplyAdd(low, factors, totals[2 * i]);
            totals[(2 * i) + 1] = Vector.FusedMultiplyAdd(high, factors, totals[(2 * i) + 1]);
            squaresLow = Vector.FusedMultiplyAdd(low, low, squaresLow);
            squaresHigh = Vector.FusedMultiplyAdd(high, high, squaresHigh);
            alongLow = Vector.FusedMultiplyAdd(low, referenceLow, alongLow);
            alongHigh = Vector.FusedMultiplyAdd(high, referenceHigh, alongHigh);
        }

        double squares = Vector.Sum(squaresLow + squaresHigh);
        double along = Vector.Sum(alongLow + alongHigh);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            total[i] += factor * x[i];
            squares += (double)x[i] * x[i];
            along += (double)x[i] * reference[i];
        }

        return (squares, along);
    }
}
