using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>A started bus: queues are attached to it, and messages go out through it. Made by <see cref="BusFactory"/>.</summary>
/// <remarks>The one type of a bus that other projects know: which library carries the messages is this project's business alone.</remarks>
public sealed class MessageBus
{
    private readonly IBusControl bus;
    private readonly ConnectionProbe probe;

    internal MessageBus(IBusControl bus, ConnectionProbe probe) => (this.bus, this.probe) = (bus, probe);

    /// <summary>Where messages to queues by name go out.</summary>
    internal ISendEndpointProvider Sending => bus;

    /// <summary>
    /// Declares <paramref name="queue"/> and begins to consume it. Stop the returned consumer to stop; messages sent meanwhile wait in the queue.
    /// </summary>
    /// <param name="configure">Names the handlers of the messages that may come.</param>
    public QueueConsumer ConnectQueue(string queue, QueueKind kind, Action<QueueHandlers> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return new QueueConsumer(bus.ConnectQueue(queue, kind, endpoint => configure(new QueueHandlers(endpoint))));
    }

    /// <summary>Publishes to whoever listens to messages of this type.</summary>
    public Task Publish<T>(T message, CancellationToken stop)
        where T : class => bus.Publish(message, stop);

    /// <summary>
    /// Says in one line that the broker is away and in one that it is back, however often it is tried in between; until the result is disposed of.
    /// </summary>
    /// <param name="tell">Gets each line; called by one thread at a time.</param>
    public IDisposable WatchOutages(TimeProvider clock, Action<string> tell) =>
        new Observation(bus.ConnectReceiveEndpointObserver(new BrokerOutages(clock, tell)));

    /// <summary>
    /// Tells when the broker does not accept our user any more, which the bus itself would try for ever; until the result is disposed of.
    /// </summary>
    public IDisposable WatchLogins(Action refused) => new Observation(bus.ConnectReceiveEndpointObserver(new LoginRefusals(refused)));

    /// <summary>
    /// Asks the broker which of some queues that go with a connection are gone; see <see cref="QueueHandlers.DeclareConnectionQueue"/>. In memory
    /// there are none. One caller at a time.
    /// </summary>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where our own connection fails, which says nothing of anybody else's.</exception>
    public Task<IReadOnlyList<string>> FindGoneAsync(IReadOnlyCollection<string> queues, CancellationToken stop) => probe.FindGoneAsync(queues, stop);

    /// <summary>Stops all consumers and lets go of the connection.</summary>
    public async Task StopAsync(CancellationToken stop = default)
    {
        await probe.DisposeAsync();
        await bus.StopAsync(stop);
    }

    /// <summary>Consumes a queue that goes with its consumer, bound to whatever is published to its handlers.</summary>
    internal QueueConsumer ConnectTemporary(string name, Action<IReceiveEndpointConfigurator> configure) =>
        new(bus.ConnectReceiveEndpoint(new TemporaryEndpointDefinition(name), KebabCaseEndpointNameFormatter.Instance, configure));

    private sealed class Observation(ConnectHandle handle) : IDisposable
    {
        public void Dispose() => handle.Disconnect();
    }
}
