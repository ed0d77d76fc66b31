using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>What is done with the messages of one queue.</summary>
public sealed class QueueHandlers
{
    private readonly IReceiveEndpointConfigurator endpoint;

    internal QueueHandlers(IReceiveEndpointConfigurator endpoint) => this.endpoint = endpoint;

    /// <summary>Handles messages of a type. A delivery is acknowledged once <paramref name="handle"/> is done.</summary>
    public void Handler<T>(Func<ReceivedMessage<T>, Task> handle)
        where T : class => endpoint.Handler<T>(context => handle(new ReceivedMessage<T>(context)));

    /// <summary>One message at a time, so that none overtakes another.</summary>
    public void OneAtATime() => endpoint.ConcurrentMessageLimit = 1;

    /// <summary>Tries again what failed with an <see cref="IOException"/>.</summary>
    public void RetryDiskFaults(int times, TimeSpan pause) => endpoint.UseMessageRetry(retry =>
    {
        retry.Handle<IOException>();
        retry.Interval(times, pause);
    });

    /// <summary>On RabbitMQ: the broker refuses a second consumer of this queue.</summary>
    public void Exclusive()
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ExclusiveConsumer = true;
        }
    }

    /// <summary>
    /// On RabbitMQ: declares an empty queue that goes with the connection, before this queue is attached. Whoever sends to it learns when the
    /// connection is gone (<see cref="MessageBus.FindGoneAsync"/>).
    /// </summary>
    /// <param name="name">Gives a name, a new one each time: the last may still belong to a connection that the broker has not given up.</param>
    /// <param name="declared">Called each time this queue is attached, with the queue that is there; null: the broker refuses it.</param>
    public void DeclareConnectionQueue(Func<string> name, Action<string?> declared)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ConfigureChannel(pipe => pipe.UseFilter(new ConnectionQueueFilter(name, declared)));
        }
    }

    /// <param name="attached">Called whenever the queue is attached: now, and again after every reconnect.</param>
    /// <param name="refused">Called with its answer when the broker refuses the queue or its consumer.</param>
    public void Watch(Action attached, Action<Exception> refused) => endpoint.ConnectReceiveEndpointObserver(new AttachObserver(attached, refused));

    private sealed class AttachObserver(Action attached, Action<Exception> refused) : IReceiveEndpointObserver
    {
        public Task Ready(ReceiveEndpointReady ready)
        {
            attached();
            return Task.CompletedTask;
        }

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            if (faulted.Exception is { } failure && BrokerAnswers.IsRefusal(failure))
            {
                refused(failure);
            }

            return Task.CompletedTask;
        }
    }
}
