using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

public sealed class BandwidthTests
{
    private readonly JumpingClock clock = new();

    [Fact]
    public async Task Bytes_go_at_the_rate_but_for_a_second_s_worth_at_the_beginning()
    {
        var bandwidth = new Bandwidth(1000, clock);

        for (int i = 0; i < 100; i++)
        {
            await bandwidth.TakeAsync(100, Nothing, TestContext.Current.CancellationToken);
        }

        // 10,000 bytes: a second's worth at once, the last hundred as a debt, and a millisecond of rounding for each wait.
        Assert.InRange(clock.Waited.TotalSeconds, 8.8, 9.1);
    }

    [Fact]
    public async Task More_than_there_is_goes_at_once_and_the_next_waits_for_it()
    {
        var bandwidth = new Bandwidth(1000, clock);
        int told = 0;

        await bandwidth.TakeAsync(6000, () => told++, TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.Zero, clock.Waited);
        await bandwidth.TakeAsync(1, () => told++, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(5), clock.Waited);
        Assert.Equal(5, told);
    }

    [Fact]
    public async Task What_is_not_used_is_not_saved_beyond_a_second_s_worth()
    {
        var stopped = new StoppedClock();
        var bandwidth = new Bandwidth(1000, stopped);
        stopped.Advance(TimeSpan.FromHours(1));

        await bandwidth.TakeAsync(1001, Nothing, TestContext.Current.CancellationToken);
        using var waiting = new CancellationTokenSource();
        Task next = bandwidth.TakeAsync(1, Nothing, waiting.Token);

        Assert.False(next.IsCompleted);
        await waiting.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static void Nothing()
    {
    }
}
