namespace EdgeFlora.Aggregation;

/// <summary>One term of the ideal update, the same for all modules.</summary>
/// <param name="Label">The agent, or what stands in for one.</param>
/// <param name="Share">wᵤ; all of a round sum to 1.</param>
/// <param name="Scale">The scale of its adapter over the published one.</param>
internal sealed record UpdateTerm(string Label, double Share, double Scale)
{
    private const string Start = "(start of ";

    /// <summary>The label of what an agent with a late update started from.</summary>
    public static string StartOf(string agent) => $"{Start}{agent})";

    /// <summary>Whose update a term comes from; null if no agent's.</summary>
    public static string? AgentOf(string label) =>
        label.StartsWith(Start, StringComparison.Ordinal) ? label[Start.Length..^1] : label is "(broadcast)" ? null : label;
}
