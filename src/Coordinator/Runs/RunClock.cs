namespace EdgeFlora.Coordinator.Runs;

/// <summary>The run's one clock for decisions: milliseconds in which a coordinator was alive. It never goes back and knows no time of day.</summary>
/// <remarks>A coordinator goes on from where the one before was last known alive, so an outage of ours is billed to no agent.</remarks>
internal sealed class RunClock(TimeProvider time, long start)
{
    private readonly long began = time.GetTimestamp();

    public long Now => start + (long)time.GetElapsedTime(began).TotalMilliseconds;
}
