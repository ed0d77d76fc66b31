using System.Numerics.Tensors;
using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = f(x), value by value. Where a gradient is wanted, x is used up: f′(x) is kept in its place.</summary>
internal sealed class ActivationOperation<TFunction> : ITapeOperation
    where TFunction : struct, IActivationFunction
{
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x)
    {
        input = x;
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        if (x.NeedsGradient)
        {
            ActivationKernel<TFunction>.ForwardWithDerivative(x.Spend(), Output.Value);
        }
        else
        {
            ActivationKernel<TFunction>.Forward(x.Value, Output.Value);
        }

        return Output;
    }

    // Nothing else reads x, so nothing has written its gradient yet.
    public void Backward(Tape tape) => TensorPrimitives.Multiply(Output.Gradient, input!.Spend(), input.GradientToWrite());
}
