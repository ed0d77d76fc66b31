using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// Which examples a step trains on: every epoch visits each example once, in an order drawn from the seed. Batches go on across the end of an epoch.
/// </summary>
public sealed class BatchOrder
{
    private readonly int[] permutation;
    private readonly ulong seed;
    private long shuffledEpoch = -1;

    /// <param name="examples">Number of examples; ≥ 1.</param>
    public BatchOrder(int examples, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        permutation = new int[examples];
        this.seed = seed;
    }

    /// <summary>
    /// Fills <paramref name="batch"/> with the examples of step <paramref name="step"/> (from 0). Any step may be asked for; the next one is
    /// cheapest.
    /// </summary>
    public void Fill(int step, Span<int> batch)
    {
        long drawn = (long)step * batch.Length;
        for (int i = 0; i < batch.Length; i++, drawn++)
        {
            Shuffle(drawn / permutation.Length);
            batch[i] = permutation[drawn % permutation.Length];
        }
    }

    private void Shuffle(long epoch)
    {
        if (epoch == shuffledEpoch)
        {
            return;
        }

        for (int i = 0; i < permutation.Length; i++)
        {
            permutation[i] = i;
        }

        SeededRandom.For(seed, "batch-order", checked((int)epoch)).Shuffle<int>(permutation);
        shuffledEpoch = epoch;
    }
}
