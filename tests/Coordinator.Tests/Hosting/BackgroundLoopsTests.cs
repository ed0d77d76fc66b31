using EdgeFlora.Coordinator.Hosting;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Whoever begins a loop beside itself ends it, and hears of its failure.</summary>
public sealed class BackgroundLoopsTests
{
    [Fact]
    public async Task All_loops_have_ended_when_their_owner_is_left_by_an_exception()
    {
        using var ending = new CancellationTokenSource();
        var mayEnd = new TaskCompletionSource();
        bool ended = false;

        async Task OwnAsync()
        {
            await using var loops = new BackgroundLoops(ending);
            loops.Start(async stop =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await mayEnd.Task;
                ended = true;
            });
            throw new IOException("a bucket refuses");
        }

        Task owner = OwnAsync();
        Assert.False(owner.IsCompleted);
        mayEnd.SetResult();

        Assert.Equal("a bucket refuses", (await Assert.ThrowsAsync<IOException>(() => owner)).Message);
        Assert.True(ended && ending.IsCancellationRequested);
    }

    [Fact]
    public async Task The_failure_of_any_loop_is_heard_while_the_others_go_on_and_one_that_is_done_is_no_failure()
    {
        using var ending = new CancellationTokenSource();
        var failing = new TaskCompletionSource();
        var lasting = new TaskCompletionSource();
        await using var loops = new BackgroundLoops(ending);
        loops.Start(stop => lasting.Task.WaitAsync(stop));
        loops.Start(_ => Task.CompletedTask);
        loops.Start(_ => failing.Task);
        Task heard = loops.CompleteAsync();
        Assert.False(heard.IsCompleted);

        failing.SetException(new IOException("the broker is odd"));

        Assert.Equal("the broker is odd", (await Assert.ThrowsAsync<IOException>(() => heard)).Message);
        Assert.False(ending.IsCancellationRequested);
    }

    [Fact]
    public async Task What_a_loop_threw_does_not_hide_why_its_owner_ends()
    {
        using var ending = new CancellationTokenSource();
        var loops = new BackgroundLoops(ending);
        loops.Start(_ => Task.FromException(new IOException("lost")));

        await loops.DisposeAsync();

        Assert.True(ending.IsCancellationRequested);
    }
}
