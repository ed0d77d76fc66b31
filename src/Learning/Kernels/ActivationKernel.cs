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

    /// <summary>y = f(x), and f′(x) in place of x.</summary>
    public static void ForwardWithDerivative(Span<float> x, Span<float> y)
    {
        int i = 0;
        for (; Wide && i <= x.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            TFunction.Value(Vector512.Create((ReadOnlySpan<float>)x[i..]), out Vector512<float> derivative).CopyTo(y[i..]);
            derivative.CopyTo(x[i..]);
        }

        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            TFunction.Value(new Vector<float>(x[i..]), out Vector<float> derivative).CopyTo(y[i..]);
            derivative.CopyTo(x[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] = TFunction.Value(new Vector<float>(x[i]), out Vector<float> derivative)[0];
            x[i] = derivative[0];
        }
    }
}
