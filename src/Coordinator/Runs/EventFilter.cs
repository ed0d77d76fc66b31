namespace EdgeFlora.Coordinator.Runs;

/// <summary>Which events to read.</summary>
public sealed record EventFilter
{
    /// <summary>Only of this run; null: of all.</summary>
    public Guid? RunId { get; init; }

    /// <summary>Only events with a higher <see cref="Contracts.Api.EventEnvelope.Id"/>; 0: all that are kept.</summary>
    public long After { get; init; }

    /// <summary>Whether to wait for new ones once the kept ones are read. With a run, the reading ends when the run does.</summary>
    public bool Follow { get; init; }
}
