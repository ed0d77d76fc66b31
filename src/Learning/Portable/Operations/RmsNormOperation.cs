using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = gain ∘ x/√(mean(x²) + ε), row by row.</summary>
internal sealed class RmsNormOperation : ITapeOperation
{
    private RmsNormLayer? layer;
    private Activation? input;

    // 1/√(mean(x²) + ε) of each row: [rows].
    private Memory<float> scales;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, RmsNormLayer norm)
    {
        layer = norm;
        input = x;
        WeightBinding gain = tape.Weights[norm.Gain];
        Output.Set(tape.Arena, x.Rows, x.Columns, tape.Training && (x.NeedsGradient || gain.Trained));
        scales = tape.Arena.Take(x.Rows);
        RmsNormKernel.Forward(x.Value, gain.Value.Span, norm.Epsilon, Output.Value, scales.Span);
        return Output;
    }

    public void Backward(Tape tape)
    {
        WeightBinding gain = tape.Weights[layer!.Gain];
        if (gain.Trained)
        {
            RmsNormKernel.BackwardGain(Output.Gradient, input!.Value, scales.Span, tape.GradientOf(gain));
        }

        if (input!.NeedsGradient)
        {
            bool accumulate = input.HasGradient;
            RmsNormKernel.Backward(Output.Gradient, input.Value, gain.Value.Span, scales.Span, input.GradientToWrite(), accumulate);
        }
    }
}
