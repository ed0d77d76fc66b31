using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = f(x), value by value.</summary>
internal sealed class ActivationOperation<TFunction> : ITapeOperation
    where TFunction : struct, IActivationFunction
{
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x)
    {
        input = x;
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        ActivationKernel<TFunction>.Forward(x.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        bool accumulate = input!.HasGradient;
        ActivationKernel<TFunction>.Backward(Output.Gradient, input.Value, input.GradientToWrite(), accumulate);
    }
}
