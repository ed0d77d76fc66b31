using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Shows events to whoever started the service, on a thread of its own: a terminal that stands still holds no run up.</summary>
internal sealed class ShownEvents : IAsyncDisposable
{
    /// <summary>Longest the end waits for a slow terminal.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(5);

    private readonly EventBoard.Onlooker onlooker;
    private readonly Task showing;
    private readonly TimeProvider time;

    /// <param name="show">Shows one event; null: nobody looks. After one that it throws on, nothing more is shown.</param>
    public ShownEvents(EventBoard board, Action<RunEvent>? show, TimeProvider time)
    {
        this.time = time;
        onlooker = board.Watch();
        showing = ShowAsync(show);
    }

    /// <summary>What has happened is shown before the end is told; a terminal that takes nothing is not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        onlooker.Dispose();
        await Task.WhenAny(showing, Task.Delay(LastLook, time, CancellationToken.None));
    }

    private async Task ShowAsync(Action<RunEvent>? show)
    {
        await foreach (RunEvent happened in onlooker.Events.ReadAllAsync())
        {
            show?.Invoke(happened);
        }
    }
}
