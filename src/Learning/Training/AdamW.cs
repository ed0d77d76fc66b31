using System.Numerics;
using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>Adam with decoupled weight decay (arXiv 1711.05101), with the usual β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.</summary>
internal sealed class AdamW(int length) : IOptimiser
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] mean = new float[length];
    private readonly float[] square = new float[length];

    /// <summary>Running means of the gradients and of their squares.</summary>
    public IReadOnlyList<float[]> State => [mean, square];

    public void Update(TrainedWeights weights, ReadOnlySpan<float> gradient, int step, double rate, double weightDecay, float gradientScale)
    {
        // The running means start at zero and are corrected for it.
        double correction = Math.Sqrt(1 - Math.Pow(Beta2, step));
        float size = (float)(rate * correction / (1 - Math.Pow(Beta1, step)));

        // ε stands outside the corrected root; the correction has been moved into the step size, so ε takes it too.
        float epsilon = (float)(Epsilon * correction);
        for (int i = 0; i < weights.Tensors.Count; i++)
        {
            TrainedTensor tensor = weights.Tensors[i];
            float keep = tensor.Decays ? (float)(1 - (rate * weightDecay)) : 1;
            Update(
                weights.Of(tensor),
                gradient.Slice(tensor.Offset, tensor.Length),
                mean.AsSpan(tensor.Offset, tensor.Length),
                square.AsSpan(tensor.Offset, tensor.Length),
                gradientScale,
                keep,
                size,
                epsilon);
        }
    }

    private static void Update(
        Span<float> values, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> square, float gradientScale, float keep, float size, float epsilon)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(gradient[i..]) * gradientScale;
            Vector<float> m = (new Vector<float>(mean[i..]) * Beta1) + (g * (1 - Beta1));
            Vector<float> s = (new Vector<float>(square[i..]) * Beta2) + (g * g * (1 - Beta2));
            m.CopyTo(mean[i..]);
            s.CopyTo(square[i..]);
            Vector<float> step = m * size / (Vector.SquareRoot(s) + new Vector<float>(epsilon));
            ((new Vector<float>(values[i..]) * keep) - step).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            float g = gradient[i] * gradientScale;
            mean[i] = (mean[i] * Beta1) + (g * (1 - Beta1));
            square[i] = (square[i] * Beta2) + (g * g * (1 - Beta2));
            values[i] = (values[i] * keep) - (mean[i] * size / (MathF.Sqrt(square[i]) + epsilon));
        }
    }
}
