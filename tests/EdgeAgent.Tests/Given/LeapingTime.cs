namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A clock that leaps with every look at it, and whose timers fire at once: limits pass without anybody waiting.</summary>
/// <param name="leap">How far it leaps.</param>
/// <param name="begin">Its local time at the first look.</param>
internal sealed class LeapingTime(TimeSpan leap, DateTimeOffset begin = default) : TimeProvider
{
    private long looks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Interlocked.Increment(ref looks) * leap.Ticks;

    public override DateTimeOffset GetUtcNow() => begin.AddTicks(GetTimestamp() - leap.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
