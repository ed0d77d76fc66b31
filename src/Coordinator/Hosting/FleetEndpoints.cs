using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The fleet's two queues. Only one service consumes them: the broker refuses a second.</summary>
internal sealed class FleetEndpoints : IAsyncDisposable
{
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<QueueConsumer> consumers = [];

    /// <param name="attached">Called whenever the fleet's queue is attached: now, and again after every reconnect.</param>
    /// <param name="timeout">Longest wait for the broker to let go of a service that was here before.</param>
    /// <exception cref="CoordinatorOptionsException">Another service is at work on this virtual host.</exception>
    /// <exception cref="BrokerUnreachableException">The broker has gone meanwhile.</exception>
    public static async Task<FleetEndpoints> ConnectAsync(
        MessageBus bus, FleetRegistry fleet, CredentialChanges credentials, Action attached, TimeSpan timeout, TimeProvider time,
        CancellationToken stop)
    {
        var endpoints = new FleetEndpoints();
        long began = time.GetTimestamp();
        while (true)
        {
            endpoints.consumers.Add(bus.ConnectQueue(Queues.Fleet, QueueKind.Fleet, endpoint =>
            {
                endpoint.Watch(attached, static () => { });
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
            }));
            try
            {
                await endpoints.consumers[0].Ready.WaitAsync(Attempt, time, stop);
                break;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                await endpoints.DisposeAsync();
                if (time.GetElapsedTime(began) >= timeout)
                {
                    throw new CoordinatorOptionsException(
                        $"Another coordinator service is at work on this virtual host of the broker: queue {Queues.Fleet} has its consumer. Stop "
                        + $"that one, or give this one a virtual host of its own. "
                        + "One whose machine has died is let go by the broker within a minute.",
                        failure);
                }
            }
        }

        endpoints.consumers.Add(bus.ConnectQueue(Queues.Presence, QueueKind.Presence, endpoint => Take<Heartbeat>(endpoint, fleet)));
        try
        {
            await endpoints.consumers[1].Ready.WaitAsync(Patience, time, stop);
            return endpoints;
        }
        catch (TimeoutException late)
        {
            await endpoints.DisposeAsync();
            throw new BrokerUnreachableException(
                $"The broker does not let queue {Queues.Presence} be consumed within {Patience.TotalSeconds:0} s.", late);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QueueConsumer consumer in consumers)
        {
            await consumer.StopAsync(CancellationToken.None);
        }

        consumers.Clear();
    }

    private static void Take<T>(QueueHandlers endpoint, FleetRegistry fleet, Action<T>? taken = null)
        where T : class => endpoint.Handler<T>(context =>
        {
            fleet.Take(context.Message, context.User);
            taken?.Invoke(context.Message);
            return Task.CompletedTask;
        });
}
