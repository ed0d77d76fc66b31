using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>z = x + y; both take z's gradient.</summary>
internal sealed class AddOperation : ITapeOperation
{
    private Activation? left;
    private Activation? right;

    public Activation Output { get; } = new();

    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Activation Forward(Tape tape, Activation x, Activation y)
    {
        if (x.Rows != y.Rows || x.Columns != y.Columns)
        {
            throw new ArgumentException($"A [{x.Rows}×{x.Columns}] and a [{y.Rows}×{y.Columns}] matrix cannot be added.", nameof(y));
        }

        (left, right) = (x, y);
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient || y.NeedsGradient);
        TensorPrimitives.Add(x.Value, y.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        PassOn(left!);
        PassOn(right!);
    }

    private void PassOn(Activation input)
    {
        if (!input.NeedsGradient)
        {
            return;
        }

        if (input.HasGradient)
        {
            TensorPrimitives.Add(input.Gradient, Output.Gradient, input.Gradient);
        }
        else
        {
            Output.Gradient.CopyTo(input.GradientToWrite());
        }
    }
}
