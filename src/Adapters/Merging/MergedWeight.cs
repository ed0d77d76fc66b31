using System.Numerics.Tensors;
using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Merging;

/// <summary>The weight that a layer has once its adapter is part of it.</summary>
public static class MergedWeight
{
    /// <summary>Rows worked on at once: the dense product takes memory for these only.</summary>
    private const int Block = 128;

    /// <summary>
    /// Turns W₀ into W₀ + s·B·A (LoRA, rsLoRA), W₀ + W₀ ∘ s·B·A (HiRA) or m/‖W₀ + s·B·A‖ ∘ (W₀ + s·B·A) row by row (DoRA), where s is
    /// <see cref="LoraSettings.Scale"/>. With B = 0 the weight keeps its bits, with DoRA if the magnitudes are the lengths that
    /// <see cref="RowLength"/> gives.
    /// </summary>
    /// <param name="magnitude">DoRA's magnitudes [outputs]; empty for the other variants.</param>
    /// <param name="weight">[outputs × inputs], row by row.</param>
    /// <param name="threads">Most threads to work at once; the bits are the same for any number.</param>
    /// <exception cref="ArgumentException">Weight, factors and magnitudes differ in shape.</exception>
    /// <exception cref="ArithmeticException">A merged value is not finite.</exception>
    public static void Apply(LoraSettings settings, LoraFactors factors, ReadOnlySpan<float> magnitude, Span<float> weight, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(factors);
        (int outputs, int inputs, int rank) = (factors.Outputs, factors.Inputs, factors.Rank);
        bool dora = settings.Variant == AdapterVariant.Dora;
        if (weight.Length != (long)outputs * inputs || magnitude.Length != (dora ? outputs : 0))
        {
            throw new ArgumentException(
                $"Factors are of a layer [{outputs}×{inputs}]; the weight has {weight.Length} values and there are {magnitude.Length} magnitudes.",
                nameof(weight));
        }

        float[] delta = new float[Math.Min(Block, outputs) * inputs];
        for (int first = 0; first < outputs; first += Block)
        {
            int rows = Math.Min(Block, outputs - first);
            Span<float> product = delta.AsSpan(0, rows * inputs);
            Span<float> block = weight.Slice(first * inputs, rows * inputs);
            MatrixProduct.Multiply(
                rows, inputs, rank, factors.B.Values[(first * rank)..], rank, false, factors.A.Values, inputs, false, product, inputs,
                threads: threads);
            TensorPrimitives.Multiply(product, (float)settings.Scale, product);
            if (settings.Variant == AdapterVariant.Hira)
            {
                TensorPrimitives.Multiply(product, block, product);
            }

            TensorPrimitives.Add(block, product, block);
            for (int row = 0; row < rows && dora; row++)
            {
                SetLength(block.Slice(row * inputs, inputs), magnitude[first + row]);
            }
        }

        if (!TensorPrimitives.IsFiniteAll<float>(weight))
        {
            throw new ArithmeticException("The merged weight holds a value that is not finite.");
        }
    }

    private static void SetLength(Span<float> row, float length)
    {
        // A row of zeros has no direction, and no length can be given to it.
        if (RowLength.Of(row) is > 0 and var now)
        {
            TensorPrimitives.Multiply(row, length / now, row);
        }
    }
}
