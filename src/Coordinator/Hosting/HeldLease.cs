using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// The right to lead, renewed in the background from the moment it was won. Disposing gives it back, whatever went wrong: another replica need not
/// wait until it lapses.
/// </summary>
internal sealed class HeldLease : IAsyncDisposable
{
    private readonly IServiceLease? lease;
    private readonly CancellationTokenSource ending;
    private readonly Func<bool> isKilled;

    /// <param name="lease">Null: the store is a file, on which nobody else can lead.</param>
    /// <param name="ending">Ends the renewing, and whatever else the service ends with it; a loss cancels it. Stays the service's.</param>
    /// <param name="isKilled">Whether the service ends as a killed process would, which gives nothing back.</param>
    public HeldLease(IServiceLease? lease, CancellationTokenSource ending, Func<bool> isKilled)
    {
        this.lease = lease;
        this.ending = ending;
        this.isKilled = isKilled;
        Renewing = lease is null ? Task.CompletedTask : RenewAsync(lease);
    }

    /// <summary>Fails with <see cref="TermLostException"/> when the lease is lost.</summary>
    public Task Renewing { get; }

    /// <summary>Why the renewing has failed, which has ended all that the service does; null: it has not.</summary>
    public Exception? Loss { get; private set; }

    /// <summary>Keeps messages of a service back that may not lead any more, such as one that was stopped and let go on.</summary>
    /// <exception cref="TermLostException">The lease has lapsed.</exception>
    public void Require()
    {
        if (lease is { IsHeld: false })
        {
            throw new TermLostException("The lease has lapsed: another replica may lead, and sends what is to be sent.");
        }
    }

    /// <summary>A loss ends the service at whatever it does, also while it begins and nobody waits for <see cref="Renewing"/> yet.</summary>
    private async Task RenewAsync(IServiceLease held)
    {
        try
        {
            await held.KeepAsync(ending.Token);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Loss = failure;
            await ending.CancelAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!isKilled())
        {
            lease?.Release();
        }

        lease?.Dispose();
    }
}
