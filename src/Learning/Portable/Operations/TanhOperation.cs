using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y = tanh x; dx = (1 − y²)·dy.</summary>
internal sealed class TanhOperation : ITapeOperation
{
    private Activation? input;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation x)
    {
        input = x;
        Output.Set(tape.Arena, x.Rows, x.Columns, x.NeedsGradient);
        TensorPrimitives.Tanh(x.Value, Output.Value);
        return Output;
    }

    public void Backward(Tape tape)
    {
        ReadOnlySpan<float> y = Output.Value;
        ReadOnlySpan<float> dy = Output.Gradient;
        Span<float> dx = input!.GradientToAddTo();
        for (int i = 0; i < dx.Length; i++)
        {
            dx[i] += (1 - (y[i] * y[i])) * dy[i];
        }
    }
}
