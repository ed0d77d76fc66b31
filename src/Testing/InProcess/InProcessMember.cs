using EdgeFlora.Testing.Network;
using EdgeFlora.Testing.Platforms;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.InProcess;

/// <summary>A coordinator or an agent as a task of this process. Not thread-safe.</summary>
/// <param name="connections">Gives it a connection.</param>
internal abstract class InProcessMember(MemberConnectionFactory connections) : IMember, IAsyncDisposable
{
    private MemberConnection? connection;

    /// <summary>The task of the member that runs, or ran last.</summary>
    private Task running = Task.CompletedTask;

    private TcpProxy? Link => connection?.Link;

    public async Task StartAsync(CancellationToken stop)
    {
        connection ??= await connections.OpenAsync(stop);
        running = Begin(connection.Bus);
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
    /// <returns>Ends with the member, and never fails.</returns>
    protected abstract Task Begin(MessageBus bus);

    /// <summary>Ends what runs at once, as a killed process would.</summary>
    protected abstract Task DieAsync();

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref connection, null) is { } closing)
        {
            await closing.DisposeAsync();
        }
    }
}
