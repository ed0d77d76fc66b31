using System.Globalization;
using System.Numerics;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Each agent trains the largest rank that fits into the memory it measured.</summary>
/// <remarks>Ranks are the powers of two between the two bounds, and the bounds: few enough that components are shared by many.</remarks>
/// <param name="Min">1 … 1024.</param>
/// <param name="Max">Above <paramref name="Min"/>, at most 1024.</param>
public sealed record RanksByMemory(int Min, int Max) : AgentRanks
{
    /// <summary>Bounds where only <c>auto</c> is said.</summary>
    public static readonly RanksByMemory Usual = new(2, 16);

    public override int Highest => Max;

    public override int Of(IReadOnlyDictionary<string, string> labels, int? fits) => fits is { } rank ? Step(rank) : Max;

    public override int? After(int declined, int? proposed)
    {
        int below = Step(Math.Min(proposed ?? 0, declined - 1));
        return declined > Min && proposed >= Min ? below : null;
    }

    internal override IEnumerable<string> Problems()
    {
        if (Min < 1 || Max > 1024 || Min >= Max)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Lora:Rank is {Min} … {Max}; both are whole numbers from 1 to 1024, and the first is below the second.");
        }
    }

    private int Step(int rank) => rank >= Max ? Max : Math.Max(Min, rank < 1 ? Min : 1 << BitOperations.Log2((uint)rank));
}
