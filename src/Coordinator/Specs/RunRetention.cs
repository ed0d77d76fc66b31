namespace EdgeFlora.Coordinator.Specs;

/// <summary>What is kept of a run.</summary>
public sealed record RunRetention
{
    /// <summary>
    /// Newest models that are kept, 1 … 10,000, also while the run goes on; the last one always is, and each until the expected evaluators have
    /// measured it. Default 3.
    /// </summary>
    public int Models { get; init; } = 3;

    /// <summary>Time after its end at which the run is deleted; null: never.</summary>
    public TimeSpan? DeleteAfter { get; init; }
}
