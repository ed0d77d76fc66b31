namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// A limit on bytes a second: a token bucket that holds one second's worth. What is taken may be more than is there; then the next one waits until
/// the debt
/// is paid. Thread-safe.
/// </summary>
/// <param name="bytesPerSecond">≥ 1.</param>
public sealed class Bandwidth(long bytesPerSecond, TimeProvider clock)
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private double left = bytesPerSecond;
    private long seen = clock.GetTimestamp();

    /// <summary>Returns when so many bytes may go.</summary>
    /// <param name="waiting">Called every second while it waits.</param>
    public async Task TakeAsync(long bytes, Action waiting, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        while (Try(bytes) is { } wait)
        {
            await Task.Delay(wait < Slice ? wait : Slice, clock, stop);
            waiting();
        }
    }

    /// <returns>How long to wait before the next attempt; null: the bytes were taken.</returns>
    private TimeSpan? Try(long bytes)
    {
        lock (gate)
        {
            long now = clock.GetTimestamp();
            left = Math.Min(bytesPerSecond, left + (clock.GetElapsedTime(seen, now).TotalSeconds * bytesPerSecond));
            seen = now;
            if (left < 0)
            {
                // At least a millisecond: timers count no less.
                return TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(-left / bytesPerSecond * 1000)));
            }

            left -= bytes;
            return null;
        }
    }
}
