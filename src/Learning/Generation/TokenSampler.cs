using System.Numerics.Tensors;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Learning.Generation;

/// <summary>Chooses the next token from the scores of all. Not thread-safe.</summary>
internal sealed class TokenSampler(GenerationOptions options, SeededRandom random)
{
    private float[] probabilities = [];
    private int[] order = [];

    /// <summary>
    /// The most probable token (the first of equals) at temperature 0, else a draw; always one number from the random stream for a draw.
    /// </summary>
    /// <param name="logits">[vocabulary].</param>
    /// <exception cref="InvalidOperationException">A score is not a number.</exception>
    public int Choose(ReadOnlySpan<float> logits)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        if (!float.IsFinite(logits[best]))
        {
            throw new InvalidOperationException($"The model scored token {best} with {logits[best]}; the weights or the adapter are broken.");
        }

        return options.Temperature == 0 ? best : Draw(logits);
    }

    private int Draw(ReadOnlySpan<float> logits)
    {
        if (order.Length != logits.Length)
        {
            (probabilities, order) = (new float[logits.Length], new int[logits.Length]);
        }

        // The largest first, equals in the order of their ids: the sort's own order of equals may change between versions of .NET.
        int count = logits.Length;
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        float[] scores = logits.ToArray();
        order.AsSpan().Sort((a, b) => scores[a] == scores[b] ? a.CompareTo(b) : scores[b].CompareTo(scores[a]));
        count = options.TopK == 0 ? count : Math.Min(options.TopK, count);
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            probabilities[i] = (float)Math.Exp((scores[order[i]] - scores[order[0]]) / options.Temperature);
            sum += probabilities[i];
        }

        double wanted = sum * options.TopP;
        double reached = 0;
        int kept = 0;
        do
        {
            reached += probabilities[kept++];
        }
        while (reached < wanted && kept < count);

        double point = random.NextDouble() * reached;
        double passed = 0;
        for (int i = 0; i < kept - 1; i++)
        {
            passed += probabilities[i];
            if (point < passed)
            {
                return order[i];
            }
        }

        return order[kept - 1];
    }
}
