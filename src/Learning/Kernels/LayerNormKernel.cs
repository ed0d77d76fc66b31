using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Layer normalisation of the rows of a matrix [rows × columns] and its gradients.</summary>
internal static class LayerNormKernel
{
    /// <param name="y">[rows × columns].</param>
    /// <param name="moments">Receives mean and 1/√(variance + ε) of each row: [rows × 2].</param>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, float epsilon, Span<float> y, Span<float> moments)
    {
        int width = gain.Length;
        for (int row = 0; row < x.Length / width; row++)
        {
            ReadOnlySpan<float> source = x.Slice(row * width, width);
            float mean = TensorPrimitives.Sum(source) / width;
            float scale = 1 / MathF.Sqrt((SquaredDeviation(source, mean) / width) + epsilon);
            moments[2 * row] = mean;
            moments[(2 * row) + 1] = scale;
            Normalise(source, gain, bias, mean, scale, y.Slice(row * width, width));
        }
    }

    /// <summary>dx = scale·(g − mean(g) − x̂·mean(g ∘ x̂)) with g = dy ∘ gain and x̂ the normalised row.</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> moments, Span<float> dx, bool accumulate)
    {
        int width = gain.Length;
        for (int row = 0; row < x.Length / width; row++)
        {
            BackwardRow(
                dy.Slice(row * width, width), x.Slice(row * width, width), gain, moments[2 * row], moments[(2 * row) + 1],
                dx.Slice(row * width, width), accumulate);
        }
    }

    /// <summary>Adds Σ dy ∘ x̂ over the rows to the gradient of the gain.</summary>
    public static void BackwardGain(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> moments, Span<float> dGain)
    {
        int width = dGain.Length;
        for (int row = 0; row < x.Length / width; row++)
        {
            ReadOnlySpan<float> g = dy.Slice(row * width, width);
            ReadOnlySpan<float> source = x.Slice(row * width, width);
            float mean = moments[2 * row];
            float scale = moments[(2 * row) + 1];
            for (int i = 0; i < dGain.Length; i++)
            {
                dGain[i] += g[i] * (source[i] - mean) * scale;
            }
        }
    }

    private static float SquaredDeviation(ReadOnlySpan<float> source, float mean)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(source);
        var sums = Vector<float>.Zero;
        foreach (Vector<float> vector in vectors)
        {
            Vector<float> deviation = vector - new Vector<float>(mean);
            sums += deviation * deviation;
        }

        float sum = Vector.Sum(sums);
        for (int i = vectors.Length * Vector<float>.Count; i < source.Length; i++)
        {
            sum += (source[i] - mean) * (source[i] - mean);
        }

        return sum;
    }

    private static void Normalise(
        ReadOnlySpan<float> source, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, float mean, float scale, Span<float> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> normal = (new Vector<float>(source[i..]) - new Vector<float>(mean)) * scale;
            ((normal * new Vector<float>(gain[i..])) + new Vector<float>(bias[i..])).CopyTo(target[i..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = ((source[i] - mean) * scale * gain[i]) + bias[i];
        }
    }

    private static void BackwardRow(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float mean, float scale, Span<float> dx, bool accumulate)
    {
        var sums = Vector<float>.Zero;
        var products = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(dy[i..]) * new Vector<float>(gain[i..]);
            sums += g;
            products += g * ((new Vector<float>(x[i..]) - new Vector<float>(mean)) * scale);
        }

        float sum = Vector.Sum(sums);
        float product = Vector.Sum(products);
        for (; i < x.Length; i++)
        {
            sum += dy[i] * gain[i];
            product += dy[i] * gain[i] * (x[i] - mean) * scale;
        }

        float meanG = sum / x.Length;
        float meanGx = product / x.Length;
        i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(dy[i..]) * new Vector<float>(gain[i..]);
            Vector<float> normal = (new Vector<float>(x[i..]) - new Vector<float>(mean)) * scale;
            Vector<float> result = (g - new Vector<float>(meanG) - (normal * meanGx)) * scale;
            Span<float> target = dx[i..];
            (accumulate ? new Vector<float>(target) + result : result).CopyTo(target);
        }

        for (; i < x.Length; i++)
        {
            float result = ((dy[i] * gain[i]) - meanG - ((x[i] - mean) * scale * meanGx)) * scale;
            dx[i] = accumulate ? dx[i] + result : result;
        }
    }
}
