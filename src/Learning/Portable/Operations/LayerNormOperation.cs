using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = gain ∘ (x − mean)/√(variance + ε) + bias, row by row.</summary>
internal sealed class LayerNormOperation : ITapeOperation
{
    private NormLayer? layer;
    private Activation? input;

    // Mean and reciprocal deviation of each row: [rows × 2].
    private Memory<float> moments;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, NormLayer norm)
    {
        layer = norm;
        input = x;
        WeightBinding gain = tape.Weights[norm.Gain];
        WeightBinding bias = tape.Weights[norm.Bias];
        Output.Set(tape.Arena, x.Rows, x.Columns, tape.Training && (x.NeedsGradient || gain.Trained || bias.Trained));
        moments = tape.Arena.Take(2 * x.Rows);
        LayerNormKernel.Forward(x.Value, gain.Value.Span, bias.Value.Span, norm.Epsilon, Output.Value, moments.Span);
        return Output;
    }

    public void Backward(Tape tape)
    {
        WeightBinding gain = tape.Weights[layer!.Gain];
        WeightBinding bias = tape.Weights[layer.Bias];
        if (bias.Trained)
        {
            RowKernels.AddColumnSums(Output.Gradient, tape.GradientOf(bias));
        }

        if (gain.Trained)
        {
            LayerNormKernel.BackwardGain(Output.Gradient, input!.Value, moments.Span, tape.GradientOf(gain));
        }

        if (input!.NeedsGradient)
        {
            bool accumulate = input.HasGradient;
            LayerNormKernel.Backward(Output.Gradient, input.Value, gain.Value.Span, moments.Span, input.GradientToWrite(), accumulate);
        }
    }
}
