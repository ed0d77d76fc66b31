namespace EdgeFlora.Aggregation;

/// <summary>An agent's way from examples to its share of the ideal update.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Share">Its share after exponent, cap, staleness and robust rule; the shares of a round sum to at most 1.</param>
/// <param name="ChangeNorm">Length of its change of the broadcast adapter in product space, all modules together.</param>
/// <param name="Clip">Factor its change was shortened by; 1 for untouched.</param>
public sealed record AgentWeight(string AgentId, double Share, double ChangeNorm, double Clip);
