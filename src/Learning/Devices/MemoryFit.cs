namespace EdgeFlora.Learning.Devices;

/// <summary>
/// Memory of training by rank and by the tokens whose activations are held at once: bytes = fixed + perRank·rank + tokens·(perToken +
/// perTokenRank·rank). What adapter, gradients and optimiser take grows with the rank, what activations take with the tokens, and those inside the
/// adapters with both.
/// </summary>
public sealed record MemoryFit
{
    /// <summary>Largest rank that is ever suggested.</summary>
    public const int MostRank = 1024;

    /// <summary>Largest batch that is ever suggested.</summary>
    public const int MostBatch = 65_536;

    /// <summary>Tokens of one example when this was measured.</summary>
    public required int MaxTokens { get; init; }

    public required double Fixed { get; init; }

    public required double PerRank { get; init; }

    public required double PerToken { get; init; }

    public required double PerTokenRank { get; init; }

    /// <summary>The plane through four measurements: two ranks at each of two sizes.</summary>
    /// <exception cref="ArgumentException">The measurements are no such four, or hold no memory.</exception>
    public static MemoryFit Of(
        int maxTokens, DeviceMeasurement small, DeviceMeasurement smallHighRank, DeviceMeasurement large, DeviceMeasurement largeHighRank)
    {
        ArgumentNullException.ThrowIfNull(small);
        ArgumentNullException.ThrowIfNull(smallHighRank);
        ArgumentNullException.ThrowIfNull(large);
        ArgumentNullException.ThrowIfNull(largeHighRank);
        (double ranks, double tokens) = (smallHighRank.Rank - small.Rank, large.TokensAtOnce - small.TokensAtOnce);
        if (small.PeakBytes is not { } a
            || smallHighRank.PeakBytes is not { } b
            || large.PeakBytes is not { } c
            || largeHighRank.PeakBytes is not { } d
            || ranks <= 0 || tokens < 0 || large.Rank != small.Rank || largeHighRank.Rank != smallHighRank.Rank)
        {
            throw new ArgumentException(
                "Memory is fitted to four measurements: two ranks, the lower first, at each of two sizes, the smaller first.", nameof(small));
        }

        // Slopes over the rank at both sizes; memory comes in blocks, and a block more or less must not make a slope negative.
        double slopeSmall = Math.Max(0, (b - a) / ranks);
        double slopeLarge = Math.Max(slopeSmall, (d - c) / ranks);
        double perTokenRank = tokens > 0 ? (slopeLarge - slopeSmall) / tokens : 0;
        double perToken = tokens > 0 ? Math.Max(0, ((c - a) / tokens) - (perTokenRank * small.Rank)) : 0;
        double perRank = Math.Max(0, slopeSmall - (perTokenRank * small.TokensAtOnce));
        return new MemoryFit
        {
            MaxTokens = maxTokens,
            PerTokenRank = perTokenRank,
            PerToken = perToken,
            PerRank = perRank,

            // Through the largest measurement: what is asked about is large.
            Fixed = Math.Max(0, d - (perRank * largeHighRank.Rank) - (largeHighRank.TokensAtOnce * (perToken + (perTokenRank * largeHighRank.Rank)))),
        };
    }

    /// <summary>Bytes for activations, gradients, adapter and optimiser.</summary>
    /// <param name="tokensAtOnce">As the engine says for the plan.</param>
    /// <param name="maxTokens">
    /// Tokens of one example. Attention takes memory for every pair of tokens, so longer examples than were measured count for more.
    /// </param>
    public long Bytes(int rank, long tokensAtOnce, int maxTokens)
    {
        double stretch = Math.Max(1, (double)maxTokens / MaxTokens);
        return (long)Math.Ceiling(Fixed + (PerRank * rank) + (tokensAtOnce * stretch * (PerToken + (PerTokenRank * rank))));
    }

    /// <summary>The largest rank for which <see cref="Bytes"/> stays within <paramref name="available"/>; null if not even 1 does.</summary>
    public int? LargestRank(long available, long tokensAtOnce, int maxTokens)
    {
        bool Fits(int rank) => Bytes(rank, tokensAtOnce, maxTokens) <= available;
        return Fits(1) ? LastThatFits(MostRank, Fits) : null;
    }

    /// <summary>
    /// The largest batch for which <see cref="Bytes"/> stays within <paramref name="available"/>, at most <see cref="MostBatch"/>; null if not even 1
    /// does.
    /// </summary>
    /// <param name="tokensAtOnce">Tokens in memory at once for a batch; does not fall as batches grow.</param>
    public int? LargestBatch(long available, int rank, Func<int, long> tokensAtOnce, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(tokensAtOnce);
        bool Fits(int batch) => Bytes(rank, tokensAtOnce(batch), maxTokens) <= available;
        return Fits(1) ? LastThatFits(MostBatch, Fits) : null;
    }

    /// <summary>The last of 1 … <paramref name="most"/> that fits, where 1 does and none fits above one that does not.</summary>
    private static int LastThatFits(int most, Func<int, bool> fits)
    {
        (int fitting, int tooLarge) = (1, most + 1);
        while (tooLarge - fitting > 1)
        {
            int middle = (fitting + tooLarge) / 2;
            (fitting, tooLarge) = fits(middle) ? (middle, tooLarge) : (fitting, middle);
        }

        return fitting;
    }
}
