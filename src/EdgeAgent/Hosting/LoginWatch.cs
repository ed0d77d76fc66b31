using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>
/// Decides when a broker that does not accept the agent's user is believed: an enrolled agent's user may have been lost with the broker's disk, and
/// the service makes it again within minutes.
/// </summary>
/// <remarks>The bus gives a queue up for good whose connection was refused, so it has to be attached again.</remarks>
/// <param name="grace">How long it is tried; zero: the first refusal counts.</param>
/// <param name="isAccepted">
/// Whether the broker accepts the user, by a connection of its own; throws <see cref="BrokerUnreachableException"/> where it can't be asked.
/// </param>
/// <param name="attachAgain">Attaches the agent's queues again.</param>
/// <param name="said">Gets a line when it begins to wait, and when the wait has ended well.</param>
internal sealed class LoginWatch(
    TimeSpan grace,
    Func<CancellationToken, Task<bool>> isAccepted,
    Func<CancellationToken, Task> attachAgain,
    TimeProvider clock,
    Action<string> said) : IDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim refused = new(0, 1);

    /// <summary>The bus was refused; several times for one loss.</summary>
    public void Refused()
    {
        lock (refused)
        {
            if (refused.CurrentCount == 0)
            {
                refused.Release();
            }
        }
    }

    /// <summary>Watches until stopped, or until the broker has refused for so long that the agent should end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await refused.WaitAsync(stop);
            if (!await IsBackAsync(stop))
            {
                return;
            }

            said("the broker accepts this agent's user again");
            while (refused.Wait(TimeSpan.Zero, stop))
            {
                // Of the same loss.
            }

            await attachAgain(stop);
        }
    }

    public void Dispose() => refused.Dispose();

    private async Task<bool> IsBackAsync(CancellationToken stop)
    {
        if (grace == TimeSpan.Zero)
        {
            return false;
        }

        said(FormattableString.Invariant(
            $"the broker accepts this agent's user no longer; trying for {grace.TotalMinutes:0} min, for the service may be making it again"));
        TimeSpan waited = TimeSpan.Zero;
        while (true)
        {
            try
            {
                if (await isAccepted(stop))
                {
                    return true;
                }

                waited += Pause;
            }
            catch (BrokerUnreachableException)
            {
                // Nobody refuses: the time does not count.
            }

            if (waited > grace)
            {
                return false;
            }

            await Task.Delay(Pause, clock, stop);
        }
    }
}
