using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>HiRA's layer: y = x·(W₀ + W₀ ∘ (scale·B·A))ᵀ + b (ICLR 2025, openreview TwJrTz9cRS).</summary>
/// <remarks>
/// The adapted weight has full rank, so it is formed: rank multiplications for each of its values, little beside those for each row of x. It is formed once more in backward,
/// so that a model needs room for one such matrix and not for one a layer.
/// </remarks>
internal sealed class HadamardLinearOperation : ITapeOperation
{
    private LinearLayer? layer;
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, LinearLayer linear)
    {
        layer = linear;
        input = x;
        (int rows, int inputs, int outputs) = (x.Rows, linear.Inputs, linear.Outputs);
        Output.Set(tape.Arena, rows, outputs, tape.Training);
        if (linear.Bias is { } bias)
        {
            RowKernels.Fill(tape.Weights[bias].Value.Span, Output.Value);
        }

        Memory<float> adapted = Adapted(tape);
        MatrixProduct.Multiply(
            rows, outputs, inputs, x.Value, inputs, false, adapted.Span, inputs, true, Output.Value, outputs, accumulate: linear.Bias is not null);
        tape.Arena.Return(adapted);
        return Output;
    }

    public void Backward(Tape tape)
    {
        (int rows, int inputs, int outputs) = (input!.Rows, layer!.Inputs, layer.Outputs);
        ReadOnlySpan<float> gradient = Output.Gradient;
        if (input.NeedsGradient)
        {
            Memory<float> adapted = Adapted(tape);
            bool accumulate = input.HasGradient;
            MatrixProduct.Multiply(rows, inputs, outputs, gradient, outputs, false, adapted.Span, inputs, false, input.GradientToWrite(), inputs, accumulate);
            tape.Arena.Return(adapted);
        }

        LoraBinding lora = tape.Weights.AdapterOf(layer)!;
        if (!lora.A.Trained && !lora.B.Trained)
        {
            return;
        }

        // Gradient of B·A: scale · W₀ ∘ (dyᵀ·x).
        Memory<float> product = tape.Arena.Take(outputs * inputs);
        MatrixProduct.Multiply(outputs, inputs, rows, gradient, outputs, true, input.Value, inputs, false, product.Span, inputs);
        WeightBinding weight = tape.Weights[layer.Weight];
        Memory<float> weights = tape.Arena.Take(inputs);
        for (int start = 0; start < product.Length; start += inputs)
        {
            weight.Read(start, weights.Span);
            Span<float> row = product.Span.Slice(start, inputs);
            TensorPrimitives.Multiply(row, weights.Span, row);
        }

        tape.Arena.Return(weights);
        RowKernels.Scale(product.Span, lora.Scale);
        if (lora.B.Trained)
        {
            MatrixProduct.Multiply(
                outputs, lora.Rank, inputs, product.Span, inputs, false, lora.A.Value.Span, inputs, true, tape.GradientOf(lora.B), lora.Rank, accumulate: true);
        }

        if (lora.A.Trained)
        {
            MatrixProduct.Multiply(
                lora.Rank, inputs, outputs, lora.B.Value.Span, lora.Rank, true, product.Span, inputs, false, tape.GradientOf(lora.A), inputs, accumulate: true);
        }

        tape.Arena.Return(product);
    }

    /// <summary>W₀ ∘ (scale·B·A) + W₀, [outputs × inputs]; W₀ to the bit while B is zero.</summary>
    private Memory<float> Adapted(Tape tape)
    {
        LoraBinding lora = tape.Weights.AdapterOf(layer!)!;
        (int inputs, int outputs) = (layer!.Inputs, layer.Outputs);
        WeightBinding weight = tape.Weights[layer.Weight];
        Memory<float> adapted = tape.Arena.Take(outputs * inputs);
        MatrixProduct.Multiply(outputs, inputs, lora.Rank, lora.B.Value.Span, lora.Rank, false, lora.A.Value.Span, inputs, false, adapted.Span, inputs);
        RowKernels.Scale(adapted.Span, lora.Scale);
        Memory<float> weights = tape.Arena.Take(inputs);
        for (int start = 0; start < adapted.Length; start += inputs)
        {
            weight.Read(start, weights.Span);
            Span<float> row = adapted.Span.Slice(start, inputs);
            TensorPrimitives.MultiplyAdd(row, weights.Span, weights.Span, row);
        }

        tape.Arena.Return(weights);
        return adapted;
    }
}
