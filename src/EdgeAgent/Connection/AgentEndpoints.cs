using System.Globalization;
using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.EdgeAgent.Connection;

/// <summary>The agent's two queues: control, and chunks beside it.</summary>
/// <remarks>
/// On RabbitMQ the consumers are exclusive: a second process of the same name does not take the first one's messages. It listens on a queue of its
/// own instead
/// and learns from the coordinator whether the first is alive. The same way out helps where the queue's node is down and the queue cannot be
/// declared.
/// </remarks>
internal sealed class AgentEndpoints(
    MessageBus bus, AgentOptions options, AgentConnection connection, Action<QueueHandlers> control, Action<QueueHandlers> chunks)
    : IDisposable
{
    // Half a dozen round trips for each of two queues: seconds over a slow connection. A broker that refuses says so at once.
    private static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(60);

    // Without a broker there is nothing to stop but our own wish to reconnect.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim turn = new(1);
    private readonly List<QueueConsumer> consumers = [];
    private int connections;

    /// <summary>Declares the queues and begins to listen; again, where it listened before.</summary>
    /// <exception cref="BrokerUnreachableException">
    /// They are attached neither under the agent's name nor under one of this process, often enough.
    /// </exception>
    /// <param name="ready">Called whenever the control queue is attached: now, and again after every reconnect.</param>
    public async Task ConnectAsync(Action ready, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            await StopAsync();
            await connection.Pipelines.Connect.ExecuteAsync(
                async token =>
                {
                    string own = $"{Queues.Agent(options.Name)}.{connection.BootId.ToString("N")[..8]}";
                    if (await AttachAsync(Queues.Agent(options.Name), ready, token) is not null
                        && await AttachAsync(own, ready, token) is { } failure)
                    {
                        throw NotAttached(failure);
                    }
                },
                stop);
        }
        finally
        {
            turn.Release();
        }
    }

    public async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout);
        await Task.WhenAll(consumers.Select(consumer => consumer.StopAsync(limit.Token)))
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        consumers.Clear();
    }

    public void Dispose() => turn.Dispose();

    private BrokerUnreachableException NotAttached(Exception why) => new(
        BrokerAnswers.IsRefusal(why)
            ? $"The broker refuses the queues of agent '{options.Name}': {BrokerAnswers.Words(why)}; edgeflora doctor looks at each right"
            : $"The queues of agent '{options.Name}' could not be attached within {AttachTimeout.TotalSeconds:0} s: {why.Message}",
        why);

    private string NextConnectionQueue()
    {
        int number = Interlocked.Increment(ref connections);
        Guid mark = NameBasedGuid.Create(connection.BootId, string.Create(CultureInfo.InvariantCulture, $"connection|{number}"));
        return Queues.Connection(options.Name, mark.ToString("N")[..8]);
    }

    /// <returns>Why nothing came of it, to be tried again or on another queue; null: it is attached.</returns>
    private async Task<Exception?> AttachAsync(string queue, Action ready, CancellationToken stop)
    {
        connection.Queue = queue;
        Exception why;
        var refused = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        consumers.Add(bus.ConnectQueue(queue, QueueKind.AgentControl, endpoint =>
        {
            endpoint.Exclusive();
            endpoint.DeclareConnectionQueue(NextConnectionQueue, declared => connection.ConnectionQueue = declared);
            endpoint.Watch(ready, refusal => refused.TrySetResult(refusal));
            control(endpoint);
        }));
        consumers.Add(bus.ConnectQueue(BusQueues.ChunksOf(queue), QueueKind.AgentChunks, endpoint =>
        {
            endpoint.Exclusive();
            endpoint.Watch(static () => { }, refusal => refused.TrySetResult(refusal));
            chunks(endpoint);
        }));
        try
        {
            Task attached = Task.WhenAll(consumers.Select(consumer => consumer.Ready));
            if (await Task.WhenAny(attached, refused.Task).WaitAsync(AttachTimeout, stop) == attached)
            {
                await attached;
                return null;
            }

            why = await refused.Task;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            why = failure;
        }

        await StopAsync();
        return why;
    }
}
