using System.Numerics;
using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Root-mean-square normalisation of the rows of a matrix [rows × columns] and its gradients.</summary>
internal static class RmsNormKernel
{
    /// <param name="y">[rows × columns].</param>
    /// <param name="scales">Receives 1/√(mean(x²) + ε) of each row: [rows].</param>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float epsilon, Span<float> y, Span<float> scales)
    {
        int width = gain.Length;
        for (int row = 0; row < scales.Length; row++)
        {
            ReadOnlySpan<float> source = x.Slice(row * width, width);
            Span<float> target = y.Slice(row * width, width);
            scales[row] = 1 / MathF.Sqrt((TensorPrimitives.SumOfSquares(source) / width) + epsilon);
            TensorPrimitives.Multiply(source, scales[row], target);
            TensorPrimitives.Multiply(target, gain, target);
        }
    }

    /// <summary>dx = scale·(g − x̂·mean(g ∘ x̂)) with g = dy ∘ gain and x̂ = scale·x.</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> scales, Span<float> dx, bool accumulate)
    {
        int width = gain.Length;
        for (int row = 0; row < scales.Length; row++)
        {
            BackwardRow(dy.Slice(row * width, width), x.Slice(row * width, width), gain, scales[row], dx.Slice(row * width, width), accumulate);
        }
    }

    /// <summary>Adds Σ dy ∘ x̂ over the rows to the gradient of the gain.</summary>
    public static void BackwardGain(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> scales, Span<float> dGain)
    {
        int width = dGain.Length;
        for (int row = 0; row < scales.Length; row++)
        {
            ReadOnlySpan<float> g = dy.Slice(row * width, width);
            ReadOnlySpan<float> source = x.Slice(row * width, width);
            for (int i = 0; i < width; i++)
            {
                dGain[i] += g[i] * source[i] * scales[row];
            }
        }
    }

    private static void BackwardRow(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float scale, Span<float> dx, bool accumulate)
    {
        Vector<float> products = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            products += new Vector<float>(dy[i..]) * new Vector<float>(gain[i..]) * new Vector<float>(x[i..]);
        }

        float product = Vector.Sum(products);
        for (; i < x.Length; i++)
        {
            product += dy[i] * gain[i] * x[i];
        }

        // x̂·mean(g ∘ x̂) = x·scale²·Σ(g ∘ x)/width.
        float along = product * scale * scale / x.Length;
        i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(dy[i..]) * new Vector<float>(gain[i..]);
            Vector<float> result = (g - (new Vector<float>(x[i..]) * along)) * scale;
            Span<float> target = dx[i..];
            (accumulate ? new Vector<float>(target) + result : result).CopyTo(target);
        }

        for (; i < x.Length; i++)
        {
            float result = ((dy[i] * gain[i]) - (x[i] * along)) * scale;
            dx[i] = accumulate ? dx[i] + result : result;
        }
    }
}
