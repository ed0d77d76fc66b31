using System.Globalization;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Agents train the rank of the first selector that fits their labels.</summary>
/// <param name="Default">Rank of all others, 1 … 1024.</param>
/// <param name="By">Ranks by selector, in order.</param>
public sealed record RanksByLabel(int Default, IReadOnlyList<LabelRank> By) : AgentRanks
{
    public override int Highest => By.Select(entry => entry.Rank).Append(Default).Max();

    public override int Of(IReadOnlyDictionary<string, string> labels, int? fits) =>
        By.FirstOrDefault(entry => entry.Selector.Matches(labels))?.Rank ?? Default;

    public override int? After(int declined, int? proposed) => null;

    internal override IEnumerable<string> Problems() => By.Select(entry => (Of: $" for {entry.Selector}", entry.Rank)).Append((Of: "", Rank: Default))
        .Where(entry => entry.Rank is < 1 or > 1024)
        .Select(entry => string.Create(CultureInfo.InvariantCulture, $"Lora:Rank{entry.Of} is {entry.Rank}; it is a whole number from 1 to 1024."));
}
