using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = some neighbouring columns of x; their gradient is that of y, the other columns' is zero.</summary>
internal sealed class ColumnsOperation : ITapeOperation
{
    private Activation? input;
    private int first;

    public Activation Output { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">The columns are not all in the matrix.</exception>
    public Activation Forward(Tape tape, Activation x, int from, int count)
    {
        if (from < 0 || count < 1 || from > x.Columns - count)
        {
            throw new ArgumentOutOfRangeException(nameof(from), from, $"{count} columns from {from} on are not in a matrix [{x.Rows}×{x.Columns}].");
        }

        (input, first) = (x, from);
        Output.Set(tape.Arena, x.Rows, count, x.NeedsGradient);
        for (int row = 0; row < x.Rows; row++)
        {
            x.Value.Slice((row * x.Columns) + from, count).CopyTo(Output.Value[(row * count)..]);
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        (int count, int width) = (Output.Columns, input!.Columns);
        Span<float> target = input.GradientToAddTo();
        for (int row = 0; row < Output.Rows; row++)
        {
            Span<float> part = target.Slice((row * width) + first, count);
            TensorPrimitives.Add(part, Output.Gradient.Slice(row * count, count), part);
        }
    }
}
