using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The fleet's two queues. Only one service consumes them: the broker refuses a second.</summary>
internal sealed class FleetEndpoints : IAsyncDisposable
{
    // How often a queue that another holds is asked for.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Half a dozen round trips: seconds over a slow connection. A broker that refuses says so at once.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Without a broker there is nothing to stop but our own wish to reconnect.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly List<QueueConsumer> consumers = [];

    /// <param name="attached">Called whenever the fleet's queue is attached: now, and again after every reconnect.</param>
    /// <param name="timeout">Longest wait for the broker to let go of a service that was here before.</param>
    /// <exception cref="CoordinatorOptionsException">Another service is at work on this virtual host.</exception>
    /// <exception cref="BrokerUnreachableException">The broker has gone meanwhile, or is too slow.</exception>
    public static async Task<FleetEndpoints> ConnectAsync(
        MessageBus bus, FleetRegistry fleet, CredentialChanges credentials, Action attached, TimeSpan timeout, TimeProvider time, ILogger log,
        CancellationToken stop)
    {
        var endpoints = new FleetEndpoints();
        try
        {
            long began = time.GetTimestamp();
            for (bool told = false; await endpoints.RefusedAsync(Queues.Fleet, ConnectFleet, time, stop) is { } refusal; told = true)
            {
                await endpoints.DisposeAsync();
                if (!BrokerAnswers.IsInUse(refusal))
                {
                    throw Refused(Queues.Fleet, refusal);
                }

                if (time.GetElapsedTime(began) >= timeout)
                {
                    throw new CoordinatorOptionsException(
                        $"Another coordinator service is at work on this virtual host of the broker: queue {Queues.Fleet} has its consumer. Stop "
                        + $"that one, or give this one a virtual host of its own. "
                        + "One whose machine has died is let go by the broker within a minute.",
                        refusal);
                }

                if (!told)
                {
                    log.FleetQueueInUse(Queues.Fleet, timeout.TotalSeconds);
                }

                await Task.Delay(Pause, time, stop);
            }

            return await endpoints.RefusedAsync(Queues.Presence, ConnectPresence, time, stop) is { } refused
                ? throw Refused(Queues.Presence, refused)
                : endpoints;
        }
        catch
        {
            await endpoints.DisposeAsync();
            throw;
        }

        QueueConsumer ConnectFleet(Action<Exception> refused) => bus.ConnectQueue(Queues.Fleet, QueueKind.Fleet, endpoint =>
        {
            endpoint.Watch(attached, refused);
            Take<AgentHello>(endpoint, fleet, hello =>
            {
                if (fleet.Find(hello.Header.AgentId) is { } agent && agent.Boot == hello.Header.BootId)
                {
                    credentials.Greeted(agent);
                }
            });
            Take<AgentBye>(endpoint, fleet);
            Take<Pong>(endpoint, fleet);
            endpoint.Handler<CredentialChange>(context =>
            {
                credentials.Take(context.Message, context.User);
                return Task.CompletedTask;
            });
        });

        QueueConsumer ConnectPresence(Action<Exception> refused) => bus.ConnectQueue(Queues.Presence, QueueKind.Presence, endpoint =>
        {
            endpoint.Watch(static () => { }, refused);
            Take<Heartbeat>(endpoint, fleet);
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QueueConsumer consumer in consumers)
        {
            await consumer.StopAsync(CancellationToken.None);
        }

        consumers.Clear();
    }

    /// <summary>Why the broker does not let a queue be consumed; null: it is consumed now. A connection that was lost is tried again.</summary>
    /// <exception cref="BrokerUnreachableException">It says neither, for long.</exception>
    private async Task<Exception?> RefusedAsync(
        string queue, Func<Action<Exception>, QueueConsumer> connect, TimeProvider time, CancellationToken stop)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            var refused = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
            QueueConsumer consumer = connect(refusal => refused.TrySetResult(refusal));
            consumers.Add(consumer);
            try
            {
                TimeSpan left = Patience - time.GetElapsedTime(began);
                Task first = Task.WhenAny(consumer.Ready, refused.Task);
                await first.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, stop);
                if (refused.Task.IsCompleted)
                {
                    return await refused.Task;
                }

                await consumer.Ready;
                return null;
            }
            catch (Exception failure) when (BrokerAnswers.IsRefusal(failure))
            {
                return failure;
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                if (time.GetElapsedTime(began) + Pause >= Patience)
                {
                    throw new BrokerUnreachableException(
                        $"The broker does not let queue {queue} be consumed within {Patience.TotalSeconds:0} s ({failure.Message})", failure);
                }
            }

            using (var limit = new CancellationTokenSource(Farewell))
            {
                await consumer.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            consumers.Remove(consumer);
            await Task.Delay(Pause, time, stop);
        }
    }

    private static CoordinatorOptionsException Refused(string queue, Exception refusal) =>
        new($"The broker refuses queue {queue}: {BrokerAnswers.Words(refusal)}", refusal);

    private static void Take<T>(QueueHandlers endpoint, FleetRegistry fleet, Action<T>? taken = null)
        where T : class => endpoint.Handler<T>(context =>
        {
            fleet.Take(context.Message, context.User);
            taken?.Invoke(context.Message);
            return Task.CompletedTask;
        });
}
