using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>What <c>lora.rank</c> says.</summary>
/// <param name="Highest">The global adapter's rank.</param>
/// <param name="Ranks">Which agent trains which; null: all the same.</param>
internal readonly record struct RankChoice(int Highest, AgentRanks? Ranks)
{
    public RankChoice(int rank)
        : this(rank, Ranks: null)
    {
    }

    public RankChoice(AgentRanks ranks)
        : this(ranks.Highest, ranks)
    {
    }
}
