using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>softmax(q·kᵀ/√width)·v within each sequence and head.</summary>
internal sealed class AttentionOperation : ITapeOperation
{
    private Activation? query;
    private Activation? key;
    private Activation? value;
    private int heads;
    private ReadOnlyMemory<int> starts;

    // Attention weights of every sequence and head, one [length × length] matrix after the other.
    private Memory<float> probabilities;

    public Activation Output { get; } = new();

    public Activation Forward(Tape tape, Activation q, Activation k, Activation v, int headCount, ReadOnlyMemory<int> sequenceStarts)
    {
        (query, key, value, heads, starts) = (q, k, v, headCount, sequenceStarts);
        Output.Set(tape.Arena, q.Rows, q.Columns, tape.Training && (q.NeedsGradient || k.NeedsGradient || v.NeedsGradient));
        probabilities = tape.Arena.Take(AttentionKernel.ProbabilityCount(starts.Span, heads));
        AttentionKernel.Forward(new(q.Value, k.Value, v.Value, q.Columns, heads, starts.Span), Output.Value, probabilities.Span);
        return Output;
    }

    public void Backward(Tape tape)
    {
        int longest = AttentionKernel.Longest(starts.Span);
        Memory<float> scratch = tape.Arena.Take(longest * longest);
        AttentionKernel.Backward(
            new(query!.Value, key!.Value, value!.Value, query.Columns, heads, starts.Span),
            probabilities.Span,
            Output.Gradient,
            query.NeedsGradient ? query.GradientToAddTo() : default,
            key.NeedsGradient ? key.GradientToAddTo() : default,
            value.NeedsGradient ? value.GradientToAddTo() : default,
            scratch.Span);
        tape.Arena.Return(scratch);
    }
}
