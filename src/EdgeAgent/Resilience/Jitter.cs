namespace EdgeFlora.EdgeAgent.Resilience;

/// <summary>
/// Spreads repeats in time, so that agents that lost their broker together do not come back together. Decides nothing that must repeat.
/// </summary>
internal static class Jitter
{
    /// <summary>The longest that <see cref="Stretch"/> makes of a time.</summary>
    public static TimeSpan Longest(TimeSpan time) => time * 1.5;

    /// <summary>The time itself plus up to half of it.</summary>
    public static TimeSpan Stretch(TimeSpan time)
    {
#pragma warning disable CA5394, RS0030 // No secret depends on it, and nothing is decided by it.
        return time * (1 + (Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394, RS0030
    }
}
