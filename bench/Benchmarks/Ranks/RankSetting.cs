namespace EdgeFlora.Benchmarks.Ranks;

/// <summary>Which rank each agent trains, and how ranks that differ are merged.</summary>
/// <param name="Ranks">One for each agent.</param>
/// <param name="ByHolders">Whether each component is averaged over those who hold it; else lower ranks count as padded with zeros.</param>
internal sealed record RankSetting(string Name, IReadOnlyList<int> Ranks, bool ByHolders);
