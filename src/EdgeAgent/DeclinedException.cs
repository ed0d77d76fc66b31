using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent;

/// <summary>A task this agent will not do, and why; thrown and caught within the task only.</summary>
internal sealed class DeclinedException(DeclineReason reason, string detail) : Exception(detail)
{
    public DeclineReason Reason => reason;

    /// <summary>A rank that would fit, where memory is the reason.</summary>
    public int? SuggestRank { get; init; }

    /// <summary>After how long the agent could be asked again, if that is known.</summary>
    public TimeSpan? Retry { get; init; }
}
