using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>Mean over the tokens of each sequence.</summary>
internal sealed class MeanPoolOperation : ITapeOperation
{
    private Activation? input;
    private ReadOnlyMemory<int> starts;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x, ReadOnlyMemory<int> sequenceStarts)
    {
        input = x;
        starts = sequenceStarts;
        ReadOnlySpan<int> start = starts.Span;
        Output.Set(tape.Arena, start.Length - 1, x.Columns, x.NeedsGradient);
        Output.Value.Clear();
        for (int s = 0; s < start.Length - 1; s++)
        {
            Span<float> mean = Output.Value.Slice(s * x.Columns, x.Columns);
            float weight = 1f / (start[s + 1] - start[s]);
            for (int token = start[s]; token < start[s + 1]; token++)
            {
                TensorPrimitives.MultiplyAdd(x.Value.Slice(token * x.Columns, x.Columns), weight, mean, mean);
            }
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        int width = Output.Columns;
        Span<float> target = input!.GradientToAddTo();
        ReadOnlySpan<int> start = starts.Span;
        for (int s = 0; s < start.Length - 1; s++)
        {
            ReadOnlySpan<float> gradient = Output.Gradient.Slice(s * width, width);
            float weight = 1f / (start[s + 1] - start[s]);
            for (int token = start[s]; token < start[s + 1]; token++)
            {
                Span<float> row = target.Slice(token * width, width);
                TensorPrimitives.MultiplyAdd(gradient, weight, row, row);
            }
        }
    }
}
