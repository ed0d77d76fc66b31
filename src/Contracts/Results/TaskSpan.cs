namespace EdgeFlora.Contracts.Results;

/// <summary>A part of a task as its agent timed it, for a trace: sent with the result by an agent that has no other way to tell of it.</summary>
/// <remarks>Ages and lengths, never times of day: an agent's clock may be days off.</remarks>
public sealed record TaskSpan
{
    /// <summary>One of a fixed list of names; others are dropped.</summary>
    public required string Name { get; init; }

    /// <summary>Milliseconds from its begin to the sending of the result.</summary>
    public required long AgoMs { get; init; }

    /// <summary>Milliseconds that it took.</summary>
    public required long Milliseconds { get; init; }
}
