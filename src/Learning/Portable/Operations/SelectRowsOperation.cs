using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y[i] = x[row[i]].</summary>
internal sealed class SelectRowsOperation : ITapeOperation
{
    private Activation? input;
    private ReadOnlyMemory<int> rows;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, ReadOnlyMemory<int> selected)
    {
        input = x;
        rows = selected;
        Output.Set(tape.Arena, selected.Length, x.Columns, x.NeedsGradient);
        int width = x.Columns;
        ReadOnlySpan<int> row = rows.Span;
        for (int i = 0; i < row.Length; i++)
        {
            x.Value.Slice(row[i] * width, width).CopyTo(Output.Value[(i * width)..]);
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        int width = Output.Columns;
        Span<float> target = input!.GradientToAddTo();
        ReadOnlySpan<int> row = rows.Span;
        for (int i = 0; i < row.Length; i++)
        {
            Span<float> sum = target.Slice(row[i] * width, width);
            TensorPrimitives.Add(sum, Output.Gradient.Slice(i * width, width), sum);
        }
    }
}
