using System.Globalization;
using EdgeFlora.Aggregation.Privacy;

namespace EdgeFlora.Coordinator.Options;

/// <summary>
/// Central differential privacy of a run: what is published tells little about any one agent's data. The unit is the agent, all its data together.
/// See docs/decisions/private-runs.md.
/// </summary>
/// <remarks>
/// In a private run <see cref="RoundOptions.MinAgents"/> is the stated population, the clip takes the place of bounds that compare agents with one
/// another (<see cref="IntakeOptions.ArrivalNormFactor"/>,
/// <see cref="IntakeOptions.FreezeNormFactor"/>, the clip to the median), all agents weigh alike, and no round closes early on those still at work
/// (<see cref="RoundOptions.StragglerGrace"/> is not used).
/// </remarks>
public sealed record PrivacyRunOptions
{
    /// <summary>z: the noise on a round's sum has standard deviation z·C. Above 0 … 1000.</summary>
    public required double NoiseMultiplier { get; init; }

    /// <summary>C: length to which an agent's change is cut, in factor space, all modules and saved tensors together. Above 0 … 1e9.</summary>
    public required double ClipNorm { get; init; }

    /// <summary>Largest ε of the whole run: it ends in good order before the round that would exceed it. Above 0 … 1e6.</summary>
    public required double Budget { get; init; }

    /// <summary>δ: above 0, below one over <see cref="RoundOptions.MinAgents"/>. Default 1e-5.</summary>
    public double Delta { get; init; } = 1e-5;

    /// <summary>
    /// q: probability with which an agent that is there takes part in a round, independently of all others. Above 0 … 1; default 1.
    /// </summary>
    public double SamplingRate { get; init; } = 1;

    /// <summary>ε at <see cref="Delta"/> once so many noisy sums have been made.</summary>
    internal double EpsilonAfter(int sums) => RdpAccountant.Epsilon(SamplingRate, NoiseMultiplier, sums, Delta);

    /// <summary>Whether the budget covers one more.</summary>
    internal bool CoversOneAfter(int sums) => EpsilonAfter(sums + 1) <= Budget;

    /// <summary>The run's guarantee in a sentence, and how far the budget goes.</summary>
    public string Describe(RoundOptions rounds)
    {
        ArgumentNullException.ThrowIfNull(rounds);
        int covered = RoundsCovered(rounds.Count);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"private for each agent: drawn with probability {SamplingRate}, change cut to {ClipNorm}, noise of {NoiseMultiplier * ClipNorm:g3} on "
            + $"the sum, divided by {SamplingRate * rounds.MinAgents:g6}; ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"the budget of ε = {Budget} at δ = {Delta:0.###e+0} covers {covered} of {rounds.Count} rounds, which spend "
                + $"{EpsilonAfter(covered):0.00}");
    }

    /// <summary>How many rounds the budget covers, at most <paramref name="most"/>. ε grows with every round, so that halving finds it.</summary>
    private int RoundsCovered(int most)
    {
        int low = 0;
        for (int high = most; low < high;)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = CoversOneAfter(middle) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Why the run ends although rounds are left.</summary>
    internal string SpentAfter(int sums) => string.Create(
        CultureInfo.InvariantCulture,
        $"the privacy budget is spent after {(sums == 1 ? "1 round" : OptionRange.Text($"{sums} rounds"))}: ε = {EpsilonAfter(sums):0.00} of "
        + $"{Budget} at δ = {Delta:0.###e+0}; one more would come to {EpsilonAfter(sums + 1):0.00}");

    internal PrivacyOptions ForRounds(int population) => new()
    {
        ClipNorm = ClipNorm,
        NoiseMultiplier = NoiseMultiplier,
        Delta = Delta,
        Budget = Budget,
        SamplingRate = SamplingRate,
        SamplesAtRandom = true,
        Population = population,
    };

    internal IEnumerable<string> Problems(RoundOptions rounds)
    {
        string[] ranges =
        [
            .. OptionRange.Number("Privacy:NoiseMultiplier", NoiseMultiplier, double.Epsilon, 1000),
            .. OptionRange.Number("Privacy:ClipNorm", ClipNorm, double.Epsilon, 1e9),
            .. OptionRange.Number("Privacy:Budget", Budget, double.Epsilon, 1e6),
            .. OptionRange.Number("Privacy:Delta", Delta, double.Epsilon, 1),
            .. OptionRange.Number("Privacy:SamplingRate", SamplingRate, double.Epsilon, 1),
        ];
        return ranges.Length > 0 ? ranges : [.. Conflicts(rounds)];
    }

    private IEnumerable<string> Conflicts(RoundOptions rounds)
    {
        if (rounds.AgentsPerRound != 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Rounds:AgentsPerRound is {rounds.AgentsPerRound}; in a private run it is 0: agents are drawn at Privacy:SamplingRate, and whoever "
                + $"answers first is no random sample.");
        }

        if (Delta * rounds.MinAgents >= 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Privacy:Delta is {Delta}; it must be well below one over Rounds:MinAgents ({rounds.MinAgents}), or publishing one agent's data as "
                + $"it is would count as private.");
        }

        if (SamplingRate * rounds.MinAgents < 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Privacy:SamplingRate is {SamplingRate}; with Rounds:MinAgents {rounds.MinAgents} that draws less than one agent a round: it must "
                + $"be at least {1.0 / rounds.MinAgents:g3}.");
        }

        if (!CoversOneAfter(0))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Privacy:Budget is {Budget}; the first round alone spends ε = {EpsilonAfter(1):0.00}: raise it, or Privacy:NoiseMultiplier "
                + $"({NoiseMultiplier}).");
        }
    }
}
