namespace EdgeFlora.Transport.Tests;

/// <summary>A clock that goes on only when told to.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private long ticks = TimeSpan.TicksPerDay;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    public void Advance(TimeSpan time) => ticks += time.Ticks;
}
