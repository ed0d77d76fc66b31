namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A clock that stands still until time is made to pass; its timers are the system's.</summary>
internal sealed class SetTime : TimeProvider
{
    private long passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref passed);

    public void Pass(TimeSpan time) => Interlocked.Add(ref passed, time.Ticks);
}
