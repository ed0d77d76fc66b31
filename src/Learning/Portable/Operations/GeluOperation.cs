using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = x·Φ(x).</summary>
internal sealed class GeluOperation : ITapeOperation
{
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x)
    {
        input = x;
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        GeluKernel.Forward(x.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        bool accumulate = input!.HasGradient;
        GeluKernel.Backward(Output.Gradient, input.Value, input.GradientToWrite(), accumulate);
    }
}
