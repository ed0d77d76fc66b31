using System.Numerics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Applies an activation function to all values of a matrix; its code is compiled into the loop.</summary>
internal static class ActivationKernel<TFunction>
    where TFunction : struct, IActivationFunction
{
    public static void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        int i = 0;
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
