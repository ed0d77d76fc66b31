using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Buses;
using MassTransit;

namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>The agent's two queues: control, and chunks beside it.</summary>
/// <remarks>
/// On RabbitMQ the consumers are exclusive: a second process of the same name does not take the first one's messages. It listens on a queue of its own instead
/// and learns from the coordinator whether the first is alive. The same way out helps where the queue's node is down and the queue cannot be declared.
/// </remarks>
internal sealed class AgentEndpoints(IReceiveConnector bus, AgentOptions options, AgentLine line, Action<IReceiveEndpointConfigurator> control, Action<IReceiveEndpointConfigurator> chunks)
{
    private static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(5);

    // Without a broker there is nothing to stop but our own wish to reconnect.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly List<HostReceiveEndpointHandle> handles = [];

    /// <summary>Declares the queues and begins to listen.</summary>
    /// <param name="ready">Called whenever the control queue is attached: now, and again after every reconnect.</param>
    public async Task ConnectAsync(Action ready, CancellationToken stop) => await line.Pipelines.Connect.ExecuteAsync(
        async token =>
        {
            string own = $"{Queues.Agent(options.Name)}.{line.BootId.ToString("N")[..8]}";
            if (!await AttachAsync(Queues.Agent(options.Name), ready, token) && !await AttachAsync(own, ready, token))
            {
                throw new TimeoutException($"The queues of agent '{options.Name}' could not be attached within {AttachTimeout.TotalSeconds:0} s.");
            }
        },
        stop);

    public async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout);
        await Task.WhenAll(handles.Select(handle => handle.StopAsync(limit.Token)))
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        handles.Clear();
    }

    private async Task<bool> AttachAsync(string queue, Action ready, CancellationToken stop)
    {
        line.Queue = queue;
        handles.Add(bus.ConnectQueue(queue, QueueKind.AgentControl, endpoint =>
        {
            Exclusive(endpoint);
            endpoint.ConnectReceiveEndpointObserver(new ReadyObserver(ready));
            control(endpoint);
        }));
        handles.Add(bus.ConnectQueue(BusQueues.ChunksOf(queue), QueueKind.AgentChunks, endpoint =>
        {
            Exclusive(endpoint);
            chunks(endpoint);
        }));
        try
        {
            await Task.WhenAll(handles.Select(handle => handle.Ready)).WaitAsync(AttachTimeout, stop);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            await StopAsync();
            return false;
        }

        return true;
    }

    private static void Exclusive(IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ExclusiveConsumer = true;
        }
    }

    private sealed class ReadyObserver(Action attached) : IReceiveEndpointObserver
    {
        public Task Ready(ReceiveEndpointReady ready)
        {
            attached();
            return Task.CompletedTask;
        }

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

        public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
    }
}
