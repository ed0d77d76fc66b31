namespace EdgeFlora.Coordinator.Runs;

/// <summary>Counts something of each agent anew in each round.</summary>
internal sealed class RoundCounts
{
    private readonly Dictionary<string, (int Round, int Times)> counts = new(StringComparer.Ordinal);

    /// <summary>One more of an agent in a round; how many that makes.</summary>
    public int Add(string agent, int round)
    {
        (int Round, int Times) before = counts.GetValueOrDefault(agent);
        int times = before.Round == round ? before.Times + 1 : 1;
        counts[agent] = (round, times);
        return times;
    }

    public void Forget(string agent) => counts.Remove(agent);
}
