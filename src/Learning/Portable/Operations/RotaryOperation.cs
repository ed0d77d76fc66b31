using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>Every head's pairs rotated by the token's position; gradients are rotated back.</summary>
internal sealed class RotaryOperation : ITapeOperation
{
    private Activation? input;
    private int heads;
    private RotaryTable? table;
    private ReadOnlyMemory<int> positions;

    public Activation Output { get; } = new();

    /// <exception cref="ArgumentException">A row does not hold so many heads of twice the table's pairs, or there is not one position for each row.</exception>
    public Activation Forward(Tape tape, Activation x, int headCount, RotaryTable angles, ReadOnlyMemory<int> tokens)
    {
        if (x.Columns != headCount * 2 * angles.Pairs || x.Rows != tokens.Length)
        {
            throw new ArgumentException($"[{x.Rows}×{x.Columns}] is not {headCount} heads of {angles.Pairs} pairs at {tokens.Length} positions.", nameof(headCount));
        }

        (input, heads, table, positions) = (x, headCount, angles, tokens);
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        RotaryKernel.Rotate(x.Value, heads, table, positions.Span, 1, Output.Value, accumulate: false);
        return Output;
    }

    public void Backward(Tape tape)
    {
        bool accumulate = input!.HasGradient;
        RotaryKernel.Rotate(Output.Gradient, heads, table!, positions.Span, -1, input.GradientToWrite(), accumulate);
    }
}
