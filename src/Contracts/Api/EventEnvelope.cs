using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Contracts.Api;

/// <summary>An event of a run on its way to an onlooker.</summary>
public sealed record EventEnvelope
{
    /// <summary>
    /// Counts the kept events of all runs together, from 1, and never goes back: what a reader resumes after. Absent: not kept (progress within a
    /// task).
    /// </summary>
    public long? Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required RunEvent Event { get; init; }
}
