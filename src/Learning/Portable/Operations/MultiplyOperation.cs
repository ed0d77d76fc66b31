using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>z = x ∘ y; dx = dz ∘ y, dy = dz ∘ x.</summary>
internal sealed class MultiplyOperation : ITapeOperation
{
    private Activation? left;
    private Activation? right;

    public Activation Output { get; } = new();

    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Activation Forward(Tape tape, Activation x, Activation y)
    {
        if (x.Rows != y.Rows || x.Columns != y.Columns)
        {
            throw new ArgumentException(
                $"A [{x.Rows}×{x.Columns}] and a [{y.Rows}×{y.Columns}] matrix cannot be multiplied value by value.", nameof(y));
        }

        (left, right) = (x, y);
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient || y.NeedsGradient);
        TensorPrimitives.Multiply(x.Value, y.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        PassOn(left!, right!);
        PassOn(right!, left!);
    }

    private void PassOn(Activation input, Activation other)
    {
        if (!input.NeedsGradient)
        {
            return;
        }

        if (input.HasGradient)
        {
            TensorPrimitives.MultiplyAdd(Output.Gradient, other.Value, input.Gradient, input.Gradient);
        }
        else
        {
            TensorPrimitives.Multiply(Output.Gradient, other.Value, input.GradientToWrite());
        }
    }
}
