using EdgeFlora.Contracts.Events;
using EdgeFlora.Transport.Buses;
using MassTransit;

namespace EdgeFlora.Transport.Events;

/// <summary>Shows an onlooker the run's events from now on. Events may be lost and decide nothing.</summary>
public static class RunEventSubscription
{
    /// <summary>Listens on a temporary queue of its own, gone with the listener; <paramref name="watch"/> is called for one event at a time, in the order of arrival.</summary>
    /// <returns>What to stop; await its <see cref="QueueConsumer.Ready"/> before causing events that must be seen.</returns>
    public static QueueConsumer Connect(MessageBus bus, Action<RunEvent> watch)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(watch);
        return bus.ConnectTemporary("ef-watch", endpoint =>
        {
            endpoint.PublishFaults = false;
            endpoint.ConcurrentMessageLimit = 1;
            if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
            {
                rabbit.Exclusive = true;
            }

            endpoint.Handler<RunEvent>(context =>
            {
                watch(context.Message);
                return Task.CompletedTask;
            });
        });
    }
}
