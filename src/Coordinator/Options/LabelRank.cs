using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Options;

/// <summary>The rank of agents with certain labels.</summary>
public sealed record LabelRank(LabelSelector Selector, int Rank);
