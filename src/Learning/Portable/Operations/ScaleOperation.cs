using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = factor·x.</summary>
internal sealed class ScaleOperation : ITapeOperation
{
    private Activation? input;
    private float factor;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, float by)
    {
        (input, factor) = (x, by);
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        TensorPrimitives.Multiply(x.Value, by, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        if (input!.HasGradient)
        {
            TensorPrimitives.MultiplyAdd(Output.Gradient, factor, input.Gradient, input.Gradient);
        }
        else
        {
            TensorPrimitives.Multiply(Output.Gradient, factor, input.GradientToWrite());
        }
    }
}
