namespace EdgeFlora.Aggregation;

/// <summary>One term of the ideal update, the same for all modules.</summary>
/// <param name="Label">The agent, or what stands in for one.</param>
/// <param name="Share">wᵤ; all of a round sum to 1.</param>
/// <param name="Scale">The scale of its adapter over the published one.</param>
internal sealed record UpdateTerm(string Label, double Share, double Scale);
