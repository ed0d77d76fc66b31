namespace EdgeFlora.Transport.Tests;

/// <summary>A clock on which every wait is over at once, and time has gone on by it: what was waited for in all can be read off.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long ticks = TimeSpan.TicksPerDay;

    public TimeSpan Waited => TimeSpan.FromTicks(Interlocked.Read(ref ticks) - TimeSpan.TicksPerDay);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Add(ref ticks, dueTime.Ticks);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Over();
    }

    private sealed class Over : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
