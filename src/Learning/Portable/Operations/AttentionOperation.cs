using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>softmax(q·kᵀ/√width)·v within each sequence and head.</summary>
internal sealed class AttentionOperation : ITapeOperation
{
    private Activation? query;
    private Activation? key;
    private Activation? value;
    private AttentionShape? shape;
    private ReadOnlyMemory<int> starts;

    // Attention weights of every sequence and head, block by block.
    private Memory<float> probabilities;

    public Activation Output { get; } = new();

    private AttentionInputs Inputs =>
        new(query!.Value, key!.Value, value!.Value, query.Columns / shape!.Heads, shape, starts.Span, starts.Span);

    /// <exception cref="ArgumentException">The matrices' shapes do not fit the heads.</exception>
    public Activation Forward(Tape tape, Activation q, Activation k, Activation v, AttentionShape heads, ReadOnlyMemory<int> sequenceStarts)
    {
        (query, key, value, shape, starts) = (q, k, v, heads, sequenceStarts);
        int keyWidth = q.Columns / heads.Heads * heads.KeyHeads;
        if (q.Columns % heads.Heads != 0 || k.Columns != keyWidth || v.Columns != keyWidth || k.Rows != q.Rows || v.Rows != q.Rows)
        {
            throw new ArgumentException(
                $"Query [{q.Rows}×{q.Columns}], key [{k.Rows}×{k.Columns}] and value [{v.Rows}×{v.Columns}] do not fit {heads.Heads} heads over {heads.KeyHeads}.", nameof(heads));
        }

        Output.Set(tape.Arena, q.Rows, q.Columns, tape.Training && (q.NeedsGradient || k.NeedsGradient || v.NeedsGradient));
        bool keep = Output.NeedsGradient;
        probabilities = tape.Arena.Take(
            keep ? AttentionKernel.ProbabilityCount(shape, starts.Span) : AttentionKernel.LargestBlock(shape, starts.Span, starts.Span));
        AttentionKernel.Forward(Inputs, Output.Value, probabilities.Span, keep);
        if (!keep)
        {
            tape.Arena.Return(probabilities);
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        Memory<float> scratch = tape.Arena.Take(AttentionKernel.LargestBlock(shape!, starts.Span, starts.Span));
        AttentionKernel.Backward(
            Inputs,
            probabilities.Span,
            Output.Gradient,
            query!.NeedsGradient ? query.GradientToAddTo() : default,
            key!.NeedsGradient ? key.GradientToAddTo() : default,
            value!.NeedsGradient ? value.GradientToAddTo() : default,
            scratch.Span);
        tape.Arena.Return(scratch);
    }
}
