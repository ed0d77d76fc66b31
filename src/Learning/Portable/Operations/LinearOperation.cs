using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ; for DoRA without b. Gradients only for what trains: a frozen W costs one product in backward, and none below the lowest adapted layer.</summary>
internal sealed class LinearOperation : ITapeOperation
{
    private LinearLayer? layer;
    private Activation? input;

    // scale·x·Aᵀ [rows × rank]: forward's inner product, which the gradient of B needs again.
    private Memory<float> inner;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, LinearLayer linear)
    {
        layer = linear;
        input = x;
        WeightBinding weight = tape.Weights[linear.Weight];
        LoraBinding? lora = tape.Weights.AdapterOf(linear);
        bool trained = weight.Trained || lora is not null || (linear.Bias is { } b && tape.Weights[b].Trained);
        Output.Set(tape.Arena, x.Rows, linear.Outputs, tape.Training && (trained || x.NeedsGradient));
        (int rows, int inputs, int outputs) = (x.Rows, linear.Inputs, linear.Outputs);

        // DoRA scales the product and adds the bias after that.
        ReadOnlySpan<float> bias = lora?.Dora is null && linear.Bias is { } row ? tape.Weights[row].Value.Span : default;
        if (lora is null)
        {
            weight.Multiply(rows, inputs, outputs, x.Value, transpose: true, Output.Value, addition: new ProductAddition(bias));
            return Output;
        }

        inner = tape.Arena.Take(rows * lora.Rank);
        MatrixProduct.Multiply(rows, lora.Rank, inputs, x.Value, inputs, false, lora.A.Value.Span, inputs, true, inner.Span, lora.Rank);
        RowKernels.Scale(inner.Span, lora.Scale);
        weight.Multiply(
            rows, inputs, outputs, x.Value, transpose: true, Output.Value, addition: new ProductAddition(bias, lora.Rank, inner.Span, lora.B.Value.Span, transposeOuter: true));
        return Output;
    }

    public void Backward(Tape tape)
    {
        (int rows, int inputs, int outputs) = (input!.Rows, layer!.Inputs, layer.Outputs);
        ReadOnlySpan<float> gradient = Output.Gradient;
        WeightBinding weight = tape.Weights[layer.Weight];
        if (weight.Trained)
        {
            MatrixProduct.Multiply(
                outputs, inputs, rows, gradient, outputs, true, input.Value, inputs, false, tape.GradientOf(weight), inputs, accumulate: true);
        }

        if (layer.Bias is { } bias && tape.Weights[bias] is { Trained: true } trainedBias)
        {
            RowKernels.AddColumnSums(gradient, tape.GradientOf(trainedBias));
        }

        LoraBinding? lora = tape.Weights.AdapterOf(layer);
        Memory<float> through = default;
        if (lora is not null)
        {
            through = tape.Arena.Take(rows * lora.Rank);
            BackwardAdapter(tape, lora, gradient, through.Span);
        }

        if (input.NeedsGradient)
        {
            bool accumulate = input.HasGradient;
            ProductAddition addition = lora is null ? default : new ProductAddition([], lora.Rank, through.Span, lora.A.Value.Span);
            weight.Multiply(rows, outputs, inputs, gradient, transpose: false, input.GradientToWrite(), accumulate, addition);
        }

        if (lora is not null)
        {
            tape.Arena.Return(through);
        }
    }

    /// <summary>Adds to the gradients of A and B, and computes what flows through the adapter: scale·(dy·B) [rows × rank].</summary>
    private void BackwardAdapter(Tape tape, LoraBinding lora, ReadOnlySpan<float> gradient, Span<float> through)
    {
        (int rows, int inputs, int outputs, int rank) = (input!.Rows, layer!.Inputs, layer.Outputs, lora.Rank);
        if (lora.B.Trained)
        {
            MatrixProduct.Multiply(outputs, rank, rows, gradient, outputs, true, inner.Span, rank, false, tape.GradientOf(lora.B), rank, accumulate: true);
        }

        if (!lora.A.Trained && !input.NeedsGradient)
        {
            return;
        }

        MatrixProduct.Multiply(rows, rank, outputs, gradient, outputs, false, lora.B.Value.Span, rank, false, through, rank);
        RowKernels.Scale(through, lora.Scale);
        if (lora.A.Trained)
        {
            MatrixProduct.Multiply(rank, inputs, rows, through, rank, true, input.Value, inputs, false, tape.GradientOf(lora.A), inputs, accumulate: true);
        }
    }
}
