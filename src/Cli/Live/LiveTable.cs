using Spectre.Console;

namespace EdgeFlora.Cli.Live;

/// <summary>Redraws a run's view on a terminal four times a second.</summary>
internal sealed class LiveTable(IAnsiConsole console, string title, Func<RunView> view, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource done = new();
    private readonly TaskCompletionSource drawn = new();
    private readonly long begun = clock.GetTimestamp();
    private Task drawing = Task.CompletedTask;

    /// <summary>What is going on beside the run's own events; empty for nothing.</summary>
    public string Note { get; set; } = "";

    /// <summary>Begins to draw; the first frame is on the screen when this returns.</summary>
    public void Start()
    {
        drawing = console.Live(Frame()).AutoClear(false).Overflow(VerticalOverflow.Crop)
            .Cropping(VerticalOverflowCropping.Bottom).StartAsync(DrawAsync);
        drawn.Task.Wait();
    }

    public async ValueTask DisposeAsync()
    {
        await done.CancelAsync();
        await drawing;
        done.Dispose();
    }

    private async Task DrawAsync(LiveDisplayContext screen)
    {
        screen.Refresh();
        drawn.TrySetResult();
        while (!done.IsCancellationRequested)
        {
            await Task.Delay(FrameTime, clock, done.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            screen.UpdateTarget(Frame());
        }
    }

    private Spectre.Console.Rendering.IRenderable Frame() => RunFrame.Draw(title, view(), Note, clock.GetElapsedTime(begun));
}
