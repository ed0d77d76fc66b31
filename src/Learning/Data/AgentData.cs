using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Learning.Data;

/// <summary>One agent's private examples.</summary>
/// <param name="Training">What it trains on; their number is its weight in the aggregate.</param>
/// <param name="HeldOut">What it measures itself and the global adapter on.</param>
public sealed record AgentData(IReadOnlyList<Example> Training, IReadOnlyList<Example> HeldOut)
{
    /// <summary>Divides an agent's examples at random; both parts keep the examples' order, and training keeps at least one.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="heldOut">Fraction held out, 0 ≤ fraction &lt; 1; rounded to the nearest number of examples.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="agent">The agent's number, so that agents' splits are independent.</param>
    public static AgentData Split(IReadOnlyList<Example> examples, double heldOut, ulong seed, int agent = 0)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count, nameof(examples));
        if (heldOut is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(heldOut), heldOut, "The held-out fraction is at least 0 and below 1.");
        }

        int[] order = [.. Enumerable.Range(0, examples.Count)];
        SeededRandom.For(seed, "held-out", agent).Shuffle<int>(order);
        int count = Math.Min((int)Math.Round(heldOut * examples.Count, MidpointRounding.AwayFromZero), examples.Count - 1);
        return new AgentData(
            [.. order[count..].Order().Select(i => examples[i])],
            [.. order[..count].Order().Select(i => examples[i])]);
    }
}
