using EdgeFlora.Adapters.Matrices;
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
        Parameter? bias = lora?.Dora is null ? linear.Bias : null;
        if (bias is not null)
        {
            RowKernels.Fill(tape.Weights[bias].Value.Span, Output.Value);
        }

        MatrixProduct.Multiply(
            rows, outputs, inputs, x.Value, inputs, false, weight.Value.Span, inputs, true, Output.Value, outputs, accumulate: bias is not null);
        if (lora is not null)
        {
            inner = tape.Arena.Take(rows * lora.Rank);
            MatrixProduct.Multiply(rows, lora.Rank, inputs, x.Value, inputs, false, lora.A.Value.Span, inputs, true, inner.Span, lora.Rank);
            RowKernels.Scale(inner.Span, lora.Scale);
            MatrixProduct.Multiply(rows, outputs, lora.Rank, inner.Span, lora.Rank, false, lora.B.Value.Span, lora.Rank, true, Output.Value, outputs, accumulate: true);
        }

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

        if (input.NeedsGradient)
        {
            bool accumulate = input.HasGradient;
            MatrixProduct.Multiply(
                rows, inputs, outputs, gradient, outputs, false, weight.Value.Span, inputs, false, input.GradientToWrite(), inputs, accumulate);
        }

        if (tape.Weights.AdapterOf(layer) is { } lora)
        {
            BackwardAdapter(tape, lora, gradient);
        }
    }

    private void BackwardAdapter(Tape tape, LoraBinding lora, ReadOnlySpan<float> gradient)
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

        // What flows through the adapter: scale·(dy·B) [rows × rank].
        Memory<float> through = tape.Arena.Take(rows * rank);
        MatrixProduct.Multiply(rows, rank, outputs, gradient, outputs, false, lora.B.Value.Span, rank, false, through.Span, rank);
        RowKernels.Scale(through.Span, lora.Scale);
        if (lora.A.Trained)
        {
            MatrixProduct.Multiply(rank, inputs, rows, through.Span, rank, true, input.Value, inputs, false, tape.GradientOf(lora.A), inputs, accumulate: true);
        }

        if (input.NeedsGradient)
        {
            MatrixProduct.Multiply(
                rows, inputs, rank, through.Span, rank, false, lora.A.Value.Span, inputs, false, input.GradientToWrite(), inputs, accumulate: true);
        }

        tape.Arena.Return(through);
    }
}
