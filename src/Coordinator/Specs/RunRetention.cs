namespace EdgeFlora.Coordinator.Specs;

/// <summary>What is kept of a run.</summary>
public sealed record RunRetention
{
    /// <summary>
    /// Newest models that are kept, 1 … 10,000, also while the run goes on; the last one always is, and each until the expected evaluators have
    /// measured it. Default 3.
    /// </summary>
    public int Models { get; init; } = 3;

    /// <summary>
    /// Newest rounds whose results are kept after they are merged, so that the rounds can be merged again, 0 … 10,000; their models are kept with
    /// them. Default 0.
    /// </summary>
    public int Results { get; init; }

    /// <summary>Newest models that are kept for either.</summary>
    internal int ModelsInAll => Results == 0 ? Models : Math.Max(Models, (int)Math.Min(int.MaxValue, (long)Results + ModelsBefore));

    /// <summary>What the oldest of such rounds began from, and what late results in it did.</summary>
    internal const int ModelsBefore = 2;

    /// <summary>Time after its end at which the run is deleted; null: never.</summary>
    public TimeSpan? DeleteAfter { get; init; }
}
