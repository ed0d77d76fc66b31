using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Privacy;

/// <summary>A round under central differential privacy (DP-FedAvg, McMahan et al. 2018): changes of factors cut to C, summed with equal weights, Gaussian noise z·C on the sum.</summary>
/// <remarks>
/// The noisy mean change is all that leaves; what a strategy does with it (freeze a factor, re-split) costs no more privacy. Weights by example counts would let an agent's data
/// set its own sensitivity, so all agents count alike. Reports beside the result are made of unprotected data and are left out.
/// </remarks>
public static class PrivateAggregation
{
    /// <summary>The noisy global adapter and ε after this round.</summary>
    /// <param name="round">The round's number, 1, 2, …: with the options' sampling it fixes the privacy spent.</param>
    /// <param name="noiseSeed">A secret seed drawn anew for every round; who knows it can take the noise away.</param>
    /// <exception cref="ArgumentException">A setting or update is not fit, the strategy does not publish a bounded sum, or the budget does not cover this round.</exception>
    public static PrivateResult Aggregate(
        AggregationOptions options, PrivacyOptions privacy, LoraAdapter broadcast, IReadOnlyList<Update> updates, int round, ulong noiseSeed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(privacy);
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(updates);
        privacy.Validated();
        RequireStrategy(options);
        double epsilon = RdpAccountant.Epsilon(privacy.SamplingRate, privacy.NoiseMultiplier, round, privacy.Delta);
        if (epsilon > privacy.Budget)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Privacy:Budget is {privacy.Budget}; round {round} would spend ε = {epsilon:F3} at δ = {privacy.Delta}. Stop here, or raise the budget or the noise."));
        }

        IStrategy strategy = StrategyRegistry.Find(options.Strategy);
        TaskNeeds needs = strategy.Needs(round);
        FactorVector start = FactorVector.Of(broadcast, needs);
        double[] sum = new double[start.Length];
        foreach (Update update in Aggregator.Sorted(broadcast, updates))
        {
            FactorVector.Of(update.Adapter, needs).AddClippedChange(start, privacy.ClipNorm, sum);
        }

        SeededRandom random = SeededRandom.For(noiseSeed, "privacy noise", round);
        double deviation = privacy.NoiseMultiplier * privacy.ClipNorm;
        double expected = privacy.SamplingRate * privacy.Population;
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = (sum[i] + (deviation * random.NextGaussian())) / expected;
        }

        LoraAdapter noisy = FactorVector.Moved(broadcast, sum, needs);
        // With one update every strategy that may run here only re-splits it.
        AggregationOptions plain = options with { ClipFactor = 0, Robust = Robust.RobustRule.None, PerClassHeads = false, Momentum = 0, ServerRate = 1 };
        return new PrivateResult(Aggregator.Aggregate(plain, broadcast, [new Update("(noisy mean)", 1, noisy)], round).Global, epsilon);
    }

    private static void RequireStrategy(AggregationOptions options)
    {
        options.Validated();
        foreach (string name in options.ModuleStrategies.Select(entry => entry.Strategy).Prepend(options.Strategy))
        {
            if (!StrategyRegistry.Find(name).AllowsNoise || options.ModuleStrategies.Count > 0)
            {
                throw new ArgumentException(
                    $"Aggregation:Strategy is \"{name}\"; with differential privacy it must be one for all modules that publishes a plain sum of factors: FedIT, FfaLora, FedSaLora, FedSvd or RoLora.");
            }
        }
    }
}
