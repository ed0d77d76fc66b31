using System.Numerics.Tensors;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>A classifier in training on the processor.</summary>
internal sealed class PortableFineTuning : ShardedTraining, IFineTuning
{
    private readonly ClassificationStart task;
    private readonly int[] labels;

    public PortableFineTuning(ClassificationStart start)
        : base(start.Training)
    {
        task = start;
        labels = new int[Plan.ExamplesPerStep];
    }

    public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        EncodedExamples encoded = task.Encode(examples);
        float[][] probabilities = new float[examples.Count][];
        if (probabilities.Length == 0)
        {
            return probabilities;
        }

        int[] all = [.. Enumerable.Range(0, probabilities.Length)];
        Shards.Cut(encoded.Sequences, all);
        Crew.Infer(
            Shards.Count,
            (tape, tokens, shard) =>
            {
                ReadOnlySpan<int> chosen = all.AsSpan(Shards[shard]);
                Activation logits = Logits(tape, tokens, encoded, chosen);
                for (int i = 0; i < chosen.Length; i++)
                {
                    float[] row = new float[logits.Columns];
                    SoftMaxKernel.Apply(logits.Value.Slice(i * row.Length, row.Length), row);
                    probabilities[chosen[i]] = row;
                }

                return 0;
            },
            cancellationToken);
        return probabilities;
    }

    protected override void Prepare()
    {
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = task.Labels[Batch[i]];
        }
    }

    protected override double Loss(Tape tape, TokenBatch tokens, Range part)
    {
        Activation logits = Logits(tape, tokens, task.Examples, Batch[part]);
        if (task.LabelOffsets is { } offsets)
        {
            for (int row = 0; row < logits.Value.Length; row += offsets.Length)
            {
                Span<float> scores = logits.Value.Slice(row, offsets.Length);
                TensorPrimitives.Add(scores, offsets, scores);
            }
        }

        return tape.CrossEntropy(logits, labels.AsMemory(part), 1f / labels.Length);
    }

    private Activation Logits(Tape tape, TokenBatch tokens, EncodedExamples examples, ReadOnlySpan<int> chosen)
    {
        tokens.Clear();
        foreach (int index in chosen)
        {
            tokens.Add(examples.Sequences[index], examples.SecondSegments[index]);
        }

        return task.Head.Forward(tape, Model.Network.Encode(tape, tokens), tokens);
    }
}
