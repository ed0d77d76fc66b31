namespace EdgeFlora.Coordinator.Specs;

/// <summary>What is kept of a run that is over.</summary>
public sealed record RunRetention
{
    /// <summary>Newest models that are kept, 1 … 10,000; the last one always is. Default 3.</summary>
    public int Models { get; init; } = 3;

    /// <summary>Time after its end at which the run is deleted; null: never.</summary>
    public TimeSpan? DeleteAfter { get; init; }
}
