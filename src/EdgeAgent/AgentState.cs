namespace EdgeFlora.EdgeAgent;

/// <summary>What an agent is doing now, for display.</summary>
/// <param name="Round">Round of its task, from 1; 0 without a task.</param>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Total">Optimiser steps in all; 0 if it is not training.</param>
/// <param name="Loss">Mean loss of the last steps, nats.</param>
public sealed record AgentState(AgentPhase Phase, int Round = 0, int Step = 0, int Total = 0, double? Loss = null)
{
    /// <summary>Whether the coordinator has let this process in. Before that it may already go on with a task of an earlier process.</summary>
    public bool Joined { get; init; }

    /// <summary>
    /// Why it does nothing: while it is <see cref="AgentPhase.Draining"/>, with until when; once it is <see cref="AgentPhase.Stopped"/> though nobody
    /// told it to. What it fetches or waits for while it is <see cref="AgentPhase.Fetching"/>. Else null.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>
    /// How its task fits into the device's memory: <c>410 MB: batch 4 × 4, recomputed</c>; null without a task, and where that is not planned.
    /// </summary>
    public string? Memory { get; init; }
}

/// <summary>Where an agent is.</summary>
public enum AgentPhase
{
    /// <summary>Not welcomed yet.</summary>
    Connecting,
    Idle,
    Preparing,

    /// <summary>Getting the base model of its task, which it lacks.</summary>
    Fetching,
    Training,
    Evaluating,
    Packing,
    Uploading,
    Reporting,

    /// <summary>Not working, for its owner does not allow it now: see <see cref="AgentState.Reason"/>.</summary>
    Draining,

    /// <summary>Gone, in whichever way.</summary>
    Stopped,
}
