using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>
/// DoRA's second half: y = m/‖W₀ + scale·B·A‖ ∘ u + b, where u = x·(W₀ + scale·B·A)ᵀ and ‖·‖ is the length of each row.
/// As in the paper's section 4.3 and in PEFT, the lengths count as constants in backward.
/// </summary>
internal sealed class MagnitudeOperation : ITapeOperation
{
    private LinearLayer? layer;
    private Activation? input;

    // m/‖W₀ + scale·B·A‖ and 1/‖W₀ + scale·B·A‖: [outputs] each.
    private Memory<float> factors;
    private Memory<float> reciprocals;

    public Activation Output { get; } = new();

    /// <param name="u">The adapted product without the layer's bias: [rows × outputs].</param>
    public Activation Forward(Tape tape, Activation u, LinearLayer linear)
    {
        layer = linear;
        input = u;
        Output.Set(tape.Arena, u.Rows, u.Columns, u.NeedsGradient);
        factors = tape.Arena.Take(linear.Outputs);
        reciprocals = tape.Arena.Take(linear.Outputs);
        Measure(tape, linear);
        ReadOnlySpan<float> bias = linear.Bias is { } b ? tape.Weights[b].Value.Span : default;
        for (int start = 0; start < u.Length; start += u.Columns)
        {
            Span<float> row = Output.Value.Slice(start, u.Columns);
            TensorPrimitives.Multiply(u.Value.Slice(start, u.Columns), factors.Span, row);
            if (!bias.IsEmpty)
            {
                TensorPrimitives.Add(row, bias, row);
            }
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        WeightBinding magnitude = tape.Weights.AdapterOf(layer!)!.Dora!.Magnitude;
        Span<float> target = input!.GradientToWrite();
        for (int start = 0; start < target.Length; start += input.Columns)
        {
            ReadOnlySpan<float> gradient = Output.Gradient.Slice(start, input.Columns);
            Span<float> row = target.Slice(start, input.Columns);
            if (magnitude.Trained)
            {
                Span<float> sums = tape.GradientOf(magnitude);
                TensorPrimitives.Multiply(gradient, input.Value.Slice(start, input.Columns), row);
                TensorPrimitives.MultiplyAdd(row, reciprocals.Span, sums, sums);
            }

            TensorPrimitives.Multiply(gradient, factors.Span, row);
        }
    }

    /// <summary>
    /// ‖wⱼ + s·bⱼA‖² = ‖wⱼ‖² + 2s·bⱼ·(A·wⱼ) + s²·bⱼᵀ(A·Aᵀ)bⱼ: costs as much as the factors' product on <c>outputs</c> rows, and no dense matrix.
    /// With B = 0 it is ‖wⱼ‖² to the bit, so the factor of an untrained adapter is exactly 1.
    /// </summary>
    private void Measure(Tape tape, LinearLayer linear)
    {
        LoraBinding lora = tape.Weights.AdapterOf(linear)!;
        (int rank, int inputs, int outputs) = (lora.Rank, linear.Inputs, linear.Outputs);

        // A·W₀ᵀ: [rank × outputs].
        Memory<float> images = tape.Arena.Take(rank * outputs);
        Memory<float> gram = tape.Arena.Take(rank * rank);
        tape.Weights[linear.Weight].Multiply(rank, inputs, outputs, lora.A.Value.Span, transpose: true, images.Span);
        MatrixProduct.Multiply(rank, rank, inputs, lora.A.Value.Span, inputs, false, lora.A.Value.Span, inputs, true, gram.Span, rank);
        for (int output = 0; output < outputs; output++)
        {
            ReadOnlySpan<float> b = lora.B.Value.Span.Slice(output * rank, rank);
            double squared = lora.Dora!.SquaredRows.Span[output]
                + (2.0 * lora.Scale * ColumnDot(b, images.Span, outputs, output))
                + ((double)lora.Scale * lora.Scale * RowKernels.Quadratic(b, gram.Span));

            // A row of zeros has no direction, and no length can be given to it.
            float length = (float)Math.Sqrt(Math.Max(0, squared));
            reciprocals.Span[output] = length > 0 ? 1 / length : 0;
            factors.Span[output] = length > 0 ? lora.Dora.Magnitude.Value.Span[output] / length : 0;
        }

        tape.Arena.Return(images);
        tape.Arena.Return(gram);
    }

    private static float ColumnDot(ReadOnlySpan<float> vector, ReadOnlySpan<float> matrix, int columns, int column)
    {
        float sum = 0;
        for (int row = 0; row < vector.Length; row++)
        {
            sum += vector[row] * matrix[(row * columns) + column];
        }

        return sum;
    }
}
