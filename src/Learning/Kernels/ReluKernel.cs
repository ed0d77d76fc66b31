using System.Numerics;
using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>ReLU: max(x, 0), and its derivative, 1 above 0 and 0 elsewhere. A NaN stays one, so that a training that left the numbers is noticed.</summary>
internal static class ReluKernel
{
    public static void Forward(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Max(x, 0, y);

    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx, bool accumulate)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> result = Vector.ConditionalSelect(
                Vector.GreaterThan(new Vector<float>(x[i..]), Vector<float>.Zero), new Vector<float>(dy[i..]), Vector<float>.Zero);
            Span<float> target = dx[i..];
            (accumulate ? new Vector<float>(target) + result : result).CopyTo(target);
        }

        for (; i < x.Length; i++)
        {
            float result = x[i] > 0 ? dy[i] : 0;
            dx[i] = accumulate ? dx[i] + result : result;
        }
    }
}
