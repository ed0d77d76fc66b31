using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = max(x, 0).</summary>
internal sealed class ReluOperation : ITapeOperation
{
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x)
    {
        input = x;
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        ReluKernel.Forward(x.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        bool accumulate = input!.HasGradient;
        ReluKernel.Backward(Output.Gradient, input.Value, input.GradientToWrite(), accumulate);
    }
}
