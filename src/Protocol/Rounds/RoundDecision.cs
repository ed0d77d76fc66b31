namespace EdgeFlora.Protocol.Rounds;

/// <summary>What the world must learn of a step of a round. All of a step's decisions are stored in the transaction that stores the step.</summary>
internal abstract record RoundDecision
{
    private RoundDecision()
    {
    }

    /// <summary>The round opened with its first tasks.</summary>
    public sealed record Opened : RoundDecision;

    /// <summary>Send this task to its agent (first time, again under a higher epoch, or again as it was).</summary>
    /// <param name="IsRepeated">Whether it is an offer that was made before, for its agent may not have seen it.</param>
    public sealed record SendOffer(AgentTask Task, bool IsRepeated = false) : RoundDecision;

    /// <summary>Tell the agent that its task is not wanted any more.</summary>
    public sealed record SendCancel(AgentTask Task) : RoundDecision;

    /// <summary>A task ended without a result.</summary>
    public sealed record TaskEnded(AgentTask Task) : RoundDecision;

    /// <summary>Write the manifest.</summary>
    public sealed record Freeze : RoundDecision;

    /// <summary>The round gets more time.</summary>
    public sealed record Extended : RoundDecision;

    /// <summary>The round ends without a model.</summary>
    public sealed record Skipped(string Reason) : RoundDecision;

    /// <summary>The round ends with its model.</summary>
    public sealed record Committed : RoundDecision;
}
