using EdgeFlora.Testing.Network;
using EdgeFlora.Testing.Parts;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.InProcess;

/// <summary>A coordinator or an agent as a task of this process. Not thread-safe.</summary>
/// <param name="lines">Gives it a connection.</param>
internal abstract class PartOfProcess(BusLines lines) : IPart, IAsyncDisposable
{
    private BusLine? line;

    /// <summary>The task of the part that runs, or ran last.</summary>
    private Task running = Task.CompletedTask;

    private TcpProxy? Link => line?.Link;

    public async Task StartAsync(CancellationToken stop)
    {
        line ??= await lines.OpenAsync(stop);
        running = Begin(line.Bus);
    }

    public async Task KillAsync(CancellationToken stop)
    {
        await DieAsync();
        await running.ContinueWith(static _ => { }, stop, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await CloseAsync();
    }

    public Task PauseAsync(CancellationToken stop) => throw new NotSupportedException();

    public Task ResumeAsync(CancellationToken stop) => throw new NotSupportedException();

    public Task CutAsync(CancellationToken stop)
    {
        Link?.GoDown();
        return Task.CompletedTask;
    }

    public Task HealAsync(CancellationToken stop)
    {
        Link?.ComeUp();
        return Task.CompletedTask;
    }

    public Task<string> LogAsync() => Task.FromResult("");

    public async ValueTask DisposeAsync() => await KillAsync(CancellationToken.None);

    /// <summary>Begins on a bus.</summary>
    /// <returns>Ends with the part, and never fails.</returns>
    protected abstract Task Begin(MessageBus bus);

    /// <summary>Ends what runs at once, as a killed process would.</summary>
    protected abstract Task DieAsync();

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref line, null) is { } closing)
        {
            await closing.DisposeAsync();
        }
    }
}
