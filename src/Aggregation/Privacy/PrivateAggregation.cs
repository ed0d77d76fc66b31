using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Privacy;

/// <summary>
/// A round under central differential privacy (DP-FedAvg, McMahan et al., arXiv 1710.06963): changes of factors cut to C, summed with equal weights,
/// Gaussian noise z·C on the sum.
/// </summary>
/// <remarks>
/// The noisy mean change is all that leaves; what a strategy does with it (freeze a factor, re-split) costs no more privacy. Weights by example
/// counts would let an agent's data set its own sensitivity, so all agents count alike. Reports beside the result are made of unprotected data and
/// are left out.
/// </remarks>
public static class PrivateAggregation
{
    /// <summary>The noisy global adapter and ε after this round.</summary>
    /// <param name="updates">
    /// One for each agent that was drawn and has answered; their weights don't matter. None is a round too: its sum is noise alone, for that nobody
    /// was drawn is a secret as well.
    /// </param>
    /// <param name="turn">Counts aggregations, 1, 2, …, for strategies that alternate.</param>
    /// <param name="sums">
    /// Noisy sums made of the agents' data so far, this one included: with the options' sampling they fix the privacy spent.
    /// </param>
    /// <param name="noiseKey">32 secret bytes drawn anew for every round; who knows them can take the noise away.</param>
    /// <exception cref="ArgumentException">
    /// A setting or update is not fit, the strategy does not publish a bounded sum, or the budget does not cover this round.
    /// </exception>
    public static PrivateResult Aggregate(
        AggregationOptions options, PrivacyOptions privacy, LoraAdapter broadcast, IReadOnlyList<Update> updates, int turn, int sums,
        ReadOnlySpan<byte> noiseKey)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(privacy);
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(updates);
        ArgumentOutOfRangeException.ThrowIfLessThan(sums, 1);
        privacy.Validated();
        if (Refusal(options.Validated()) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(options));
        }

        double epsilon = RdpAccountant.Epsilon(privacy.SamplingRate, privacy.NoiseMultiplier, sums, privacy.Delta);
        if (epsilon > privacy.Budget)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"Privacy:Budget is {privacy.Budget}; noisy sum {sums} would spend ε = {epsilon:F3} at δ = {privacy.Delta}. Stop here, or raise "
                    + $"the budget or the noise."));
        }

        TaskNeeds needs = StrategyRegistry.NeedsOf(options.Strategy, turn);
        FactorVector start = FactorVector.Of(broadcast, needs);
        double[] sum = new double[start.Length];
        foreach (Update update in updates.Count == 0 ? [] : Aggregator.Sorted(broadcast, [.. updates.Select(update => update with { Weight = 1 })]))
        {
            FactorVector.Of(update.Adapter, needs).AddClippedChange(start, privacy.ClipNorm, sum);
        }

        AddNoise(sum, privacy.NoiseMultiplier * privacy.ClipNorm, noiseKey);
        double expected = privacy.SamplingRate * privacy.Population;
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] /= expected;
        }

        LoraAdapter noisy = FactorVector.Moved(broadcast, sum, needs);
        // With one update every strategy that may run here only re-splits it; a second clip would only shorten what is protected already.
        return new PrivateResult(
            Aggregator.Aggregate(options with { ClipFactor = 0 }, broadcast, [new Update("(noisy mean)", 1, noisy)], turn).Global, epsilon);
    }

    /// <summary>Why a round under these settings can't be private, in a sentence; null if it can.</summary>
    /// <remarks>
    /// Weights of agents and clipping to the median have no effect here (equal weights and <see cref="PrivacyOptions.ClipNorm"/> take their places),
    /// so they may be set as they like.
    /// </remarks>
    public static string? Refusal(AggregationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ModuleStrategies.Count > 0)
        {
            return "Aggregation:ModuleStrategies is not empty; with differential privacy one strategy is for all modules.";
        }

        return !StrategyRegistry.Find(options.Strategy).AllowsNoise
            ? $"Aggregation:Strategy is \"{options.Strategy}\"; with differential privacy it must be one that publishes a plain sum of factors: "
                + $"{string.Join(", ", StrategyRegistry.NamesThatAllowNoise)}."
            : options.Robust != RobustRule.None
                ? $"Aggregation:Robust is {WrittenValue.Of(options.Robust)}; with differential privacy it must be none: it weighs agents "
                + "by one another's data, and the clip bounds each of them anyway."
            : options.PerClassHeads
                ? "Aggregation:PerClassHeads is true; with differential privacy it must be false: agents' label counts would weigh their rows."
            : options.ServerStep == ServerStep.FedExp ? "Aggregation:ServerStep is fedexp; with differential privacy it must be fixed: its length "
                + "would be made of the agents' updates, which no noise protects there."
            : options.MixedRanks
                ? "Lora:Rank is not the same for all agents; with differential privacy it must be: a private sum is divided by a number that was "
                    + "fixed beforehand, and how many agents hold the higher components is not."
            : options.Momentum != 0
                ? FormattableString.Invariant($"Aggregation:Momentum is {options.Momentum}; with differential privacy it must be 0.")
            : options.ServerStep != ServerStep.Fixed
                ? $"Aggregation:ServerStep is {WrittenValue.Of(options.ServerStep)}; with differential privacy it must be fixed: it "
                    + "would carry the noise of earlier rounds on."
            : options.ServerRate != 1
                ? FormattableString.Invariant($"Aggregation:ServerRate is {options.ServerRate}; with differential privacy it must be 1.")
            : null;
    }

    private static void AddNoise(double[] sum, double deviation, ReadOnlySpan<byte> key)
    {
        using var random = new SecretRandom(key);
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += deviation * random.NextGaussian();
        }
    }
}
