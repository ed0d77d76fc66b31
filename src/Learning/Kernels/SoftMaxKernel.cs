using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>From scores to probabilities.</summary>
internal static class SoftMaxKernel
{
    /// <summary>e^score over the sum of all, with the largest score taken off first: the library's own overflows from scores of 89 on.</summary>
    /// <param name="probabilities">As many as scores; they sum to 1 but for rounding, and are NaN if a score is.</param>
    public static void Apply(ReadOnlySpan<float> scores, Span<float> probabilities)
    {
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), probabilities);
        TensorPrimitives.SoftMax(probabilities, probabilities);
    }
}
