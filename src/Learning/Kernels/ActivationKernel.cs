using System.Numerics;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Applies an activation function to all values of a matrix; its code is compiled into the loop.</summary>
internal static class ActivationKernel<TFunction>
    where TFunction : struct, IActivationFunction
{
    // Vector<T> stays at 256 bits on processors that have 512.
    private static bool Wide => TFunction.HasWide && Vector512.IsHardwareAccelerated;

    public static void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        int i = 0;
        for (; Wide && i <= x.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            TFunction.Value(Vector512.Create(x[i..])).CopyTo(y[i..]);
        }

        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            TFunction.Value(new Vector<float>(x[i..])).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] = TFunction.Value(new Vector<float>(x[i]))[0];
        }
    }

    /// <summary>dx = dy·f′(x), added to what is there when <paramref name="accumulate"/>.</summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx, bool accumulate)
    {
        int i = 0;
        for (; Wide && i <= x.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> result = Vector512.Create(dy[i..]) * TFunction.Derivative(Vector512.Create(x[i..]));
            Span<float> target = dx[i..];
            (accumulate ? Vector512.Create((ReadOnlySpan<float>)target) + result : result).CopyTo(target);
        }

        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> result = new Vector<float>(dy[i..]) * TFunction.Derivative(new Vector<float>(x[i..]));
            Span<float> target = dx[i..];
            (accumulate ? new Vector<float>(target) + result : result).CopyTo(target);
        }

        for (; i < x.Length; i++)
        {
            float result = dy[i] * TFunction.Derivative(new Vector<float>(x[i]))[0];
            dx[i] = accumulate ? dx[i] + result : result;
        }
    }
}
