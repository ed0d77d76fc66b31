using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>
/// Faults an operator can rehearse with a real agent, to see that a run survives them. Section <c>Agent:Drill</c>. Never set in production.
/// </summary>
internal sealed record AgentDrill
{
    /// <summary>In this round the update that is sent holds NaN. The coordinator must refuse it. 0 (the default): never.</summary>
    public int PoisonNaNRound { get; init; }

    /// <summary>In this round the update is 1000 times as large as what was trained. The coordinator must refuse it. 0: never.</summary>
    public int PoisonScaleRound { get; init; }

    /// <summary>In this round the agent is slow. The round must close without it, or wait, as its deadlines say. 0: never.</summary>
    public int SlowRound { get; init; }

    /// <summary>How many times as long each step takes in <see cref="SlowRound"/>; 1 … 100,000. Default 10.</summary>
    public double SlowFactor { get; init; } = 10;

    /// <summary>What <see cref="PoisonScaleRound"/> multiplies the update by.</summary>
    internal const float PoisonScale = 1000;

    internal IEnumerable<string> Problems()
    {
        (string Setting, int Round)[] rounds =
            [(nameof(PoisonNaNRound), PoisonNaNRound), (nameof(PoisonScaleRound), PoisonScaleRound), (nameof(SlowRound), SlowRound)];
        foreach ((string setting, int round) in rounds)
        {
            if (round < 0)
            {
                yield return $"{AgentOptions.Section}:Drill:{setting} is {round}; it must be a round from 1, or 0 for none.";
            }
        }

        if (!(SlowFactor is >= 1 and <= 100_000))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{AgentOptions.Section}:Drill:{nameof(SlowFactor)} is {SlowFactor}; it must be from 1 to 100000.");
        }
    }
}
