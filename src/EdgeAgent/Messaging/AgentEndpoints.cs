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
    // Half a dozen round trips for each of two queues: seconds over a slow line. A broker that refuses says so at once.
    private static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(60);

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
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        handles.Add(bus.ConnectQueue(queue, QueueKind.AgentControl, endpoint =>
        {
            Exclusive(endpoint);
            endpoint.ConnectReceiveEndpointObserver(new AttachObserver(ready, refused));
            control(endpoint);
        }));
        handles.Add(bus.ConnectQueue(BusQueues.ChunksOf(queue), QueueKind.AgentChunks, endpoint =>
        {
            Exclusive(endpoint);
            endpoint.ConnectReceiveEndpointObserver(new AttachObserver(static () => { }, refused));
            chunks(endpoint);
        }));
        try
        {
            Task attached = Task.WhenAll(handles.Select(handle => handle.Ready));
            if (await Task.WhenAny(attached, refused.Task).WaitAsync(AttachTimeout, stop) == attached)
            {
                await attached;
                return true;
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Tried again, or on another queue.
        }

        await StopAsync();
        return false;
    }

    private static void Exclusive(IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ExclusiveConsumer = true;
        }
    }

    private sealed class AttachObserver(Action attached, TaskCompletionSource refused) : IReceiveEndpointObserver
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
            if (BrokerAnswers.IsRefusal(faulted.Exception))
            {
                refused.TrySetResult();
            }

            return Task.CompletedTask;
        }
    }
}
