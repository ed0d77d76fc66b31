namespace EdgeFlora.Aggregation.Privacy;

/// <summary>Central differential privacy for agents: every change is cut to a length, and noise of that size is added to their sum.</summary>
public sealed record PrivacyOptions
{
    /// <summary>C, the length in factor space (all A, B and saved tensors together) a change is cut to; above 0.</summary>
    public required double ClipNorm { get; init; }

    /// <summary>z: the noise on the sum has standard deviation z·C; above 0.</summary>
    public required double NoiseMultiplier { get; init; }

    /// <summary>δ; above 0 and well below one over the number of agents.</summary>
    public required double Delta { get; init; }

    /// <summary>Largest ε to spend; the run stops before the round that would exceed it. Above 0.</summary>
    public required double Budget { get; init; }

    /// <summary>Probability that an agent takes part in a round, independently of all others; above 0, at most 1.</summary>
    public required double SamplingRate { get; init; }

    /// <summary>
    /// Whether agents really are drawn independently at that rate. If not (first come, goal count, availability), nothing private can be claimed.
    /// </summary>
    public required bool SamplesAtRandom { get; init; }

    /// <summary>
    /// Agents the run is meant for, stated before any of them is there; the sum is divided by <see cref="SamplingRate"/> times this, which no agent
    /// can influence. Those who don't come or drop out count as zeros; more than this make the step longer, not less private.
    /// </summary>
    public required int Population { get; init; }

    /// <exception cref="ArgumentException">A setting is out of range, or sampling is not random; the message says which.</exception>
    public PrivacyOptions Validated()
    {
        Require(
            SamplesAtRandom,
            nameof(SamplesAtRandom),
            SamplesAtRandom,
            "true: agents that are not drawn at random have no privacy to account for, so the run cannot be called private");
        Require(ClipNorm > 0 && double.IsFinite(ClipNorm), nameof(ClipNorm), ClipNorm, "above 0");
        Require(NoiseMultiplier > 0 && double.IsFinite(NoiseMultiplier), nameof(NoiseMultiplier), NoiseMultiplier, "above 0");
        Require(Delta is > 0 and < 1, nameof(Delta), Delta, "above 0, below 1");
        Require(Budget > 0 && double.IsFinite(Budget), nameof(Budget), Budget, "above 0");
        Require(SamplingRate is > 0 and <= 1, nameof(SamplingRate), SamplingRate, "above 0, at most 1");
        Require(Population >= 1, nameof(Population), Population, "at least 1");
        return this;
    }

    private static void Require(bool holds, string setting, object value, string right)
    {
        if (!holds)
        {
            throw new ArgumentException($"Privacy:{setting} is {WrittenValue.Of(value)}; it must be {right}.", setting);
        }
    }
}
