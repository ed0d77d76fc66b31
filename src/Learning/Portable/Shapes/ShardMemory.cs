using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable.Shapes;

/// <summary>
/// Memory of the activations and gradients of the largest shard that a plan can have: what one thread of the portable engine holds.
/// </summary>
internal static class ShardMemory
{
    // Scores of one part of a shard of a language model: 16 MB, and as much for their gradient.
    internal const int ScoresPerPart = 1 << 22;

    // More than any shard holds.
    private const int ManyExamples = 1 << 20;

    /// <summary>Values in single precision.</summary>
    /// <param name="head">The classification head; null for a language model.</param>
    /// <exception cref="ArgumentException">There is no head, and the network predicts no tokens.</exception>
    public static long Values(INetwork network, IClassificationHead? head, TrainedShape trained, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(plan);
        int length = Math.Min(plan.MaxTokens, network.MaxTokens);

        // What is measured on may be more than a batch.
        TokenBatch batch = Largest(plan.ExamplesPerStep, length, plan.Savings, isText: head is null);
        TokenBatch measured = Largest(ManyExamples, length, plan.Savings, isText: head is null);
        return Math.Max(
            Peak(new ShapeTape(trained, training: true, plan.Savings.Recompute), network, head, batch),
            Peak(new ShapeTape(trained, training: false, recomputes: false), network, head, measured));
    }

    private static long Peak(ShapeTape tape, INetwork network, IClassificationHead? head, TokenBatch batch)
    {
        ShapedActivation hidden = network.Encode(tape, batch);
        if (head is not null)
        {
            tape.CrossEntropy(head.Forward(tape, hidden, batch));
        }
        else if (network is ILanguageModel language)
        {
            int rows = Math.Min(batch.Predictions, Math.Max(1, ScoresPerPart / network.VocabularySize));
            tape.InParts(hidden, () => tape.CrossEntropy(language.Logits(tape, hidden, batch.TargetRows[..rows])));
        }
        else
        {
            throw new ArgumentException("A network that predicts no tokens is trained with a classification head only.", nameof(head));
        }

        tape.Backward();
        return tape.Peak;
    }

    /// <summary>So many sequences of the greatest length as a shard can have tokens.</summary>
    private static TokenBatch Largest(int examples, int length, MemorySavings savings, bool isText)
    {
        // Of a text all but the last token is read; shards are cut by all of them.
        int counted = isText ? length + 1 : length;
        int sequences = Shards.LargestShard(examples, counted, savings.ShardTokens);
        var batch = new TokenBatch();
        int[] ids = new int[counted];
        for (int i = 0; i < sequences; i++)
        {
            if (isText)
            {
                batch.AddText(ids, 1);
            }
            else
            {
                batch.Add(ids, ids.Length);
            }
        }

        return batch;
    }
}
