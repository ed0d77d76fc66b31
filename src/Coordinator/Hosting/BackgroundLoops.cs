namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Loops that run beside their owner and end with it: disposing cancels them all and waits until the last has ended.</summary>
/// <param name="ending">Ends the loops, and whatever else the owner ends with it; stays the owner's.</param>
internal sealed class BackgroundLoops(CancellationTokenSource ending) : IAsyncDisposable
{
    private readonly List<Task> running = [];

    /// <summary>Begins a loop. It must end soon after its token is cancelled.</summary>
    public void Start(Func<CancellationToken, Task> loop) => running.Add(loop(ending.Token));

    /// <summary>Waits until a loop that was started before fails, or all of them have done their work.</summary>
    /// <exception cref="Exception">What the first loop to fail threw.</exception>
    public async Task CompleteAsync()
    {
        List<Task> left = [.. running];
        while (left.Count > 0)
        {
            Task ended = await Task.WhenAny(left);
            await ended;
            left.Remove(ended);
        }
    }

    /// <summary>Never throws what a loop threw: whoever wants to know waits for <see cref="CompleteAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
