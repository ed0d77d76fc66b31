using System.Collections.Concurrent;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Messages;

/// <summary>Sending to agents of which some have queues that refuse.</summary>
public sealed class OutgoingQueueTests
{
    private readonly FakeTimeProvider time = new();
    private readonly ConcurrentQueue<long> sent = new();

    [Fact]
    public async Task An_agent_whose_queue_refuses_holds_nobody_else_up()
    {
        var broker = new Broker("refusing");
        using OutgoingQueue queue = Queue(broker);
        Task running = queue.RunAsync(CancellationToken.None);
        queue.Add(To("refusing", 1));
        for (int i = 0; i < 10; i++)
        {
            queue.Add(To("a", 10 + i));
            queue.Add(To("b", 20 + i));
        }

        await broker.ArrivedAsync("a", 10);
        await broker.ArrivedAsync("b", 10);

        Assert.False(running.IsCompleted);
        Assert.Equal(Enumerable.Range(10, 20).Select(id => (long)id), sent.Order());
        broker.Relent();
        await LimitedWait.StepUntilAsync(() => broker.HasArrived("refusing"), () => time.Advance(TimeSpan.FromSeconds(15)));

        queue.Complete();
        await running;
        Assert.Contains(1L, sent);
    }

    [Fact]
    public async Task Messages_to_one_agent_keep_their_order()
    {
        var broker = new Broker();
        using OutgoingQueue queue = Queue(broker);
        Task running = queue.RunAsync(CancellationToken.None);
        for (int i = 0; i < 200; i++)
        {
            queue.Add(To("a", i));
        }

        queue.Complete();
        await running;

        Assert.Equal(Enumerable.Range(0, 200).Select(id => (long)id), sent);
    }

    [Fact]
    public async Task What_waits_for_an_agent_is_bounded_and_the_oldest_goes_first()
    {
        var broker = new Broker("refusing");
        using OutgoingQueue queue = Queue(broker);
        Task running = queue.RunAsync(CancellationToken.None);
        for (int i = 0; i < OutgoingQueue.MostPerAgent + 10; i++)
        {
            queue.Add(To("refusing", i));
        }

        queue.Complete();
        await LimitedWait.StepUntilAsync(() => running.IsCompleted, () => time.Advance(TimeSpan.FromSeconds(5)));

        // A run ends although somebody can't be reached; what is not out stays in the outbox.
        await running;
        Assert.Equal(Enumerable.Range(0, 10).Select(id => (long)id), sent);
    }

    private OutgoingQueue Queue(Broker broker) => new(broker, time, NullLogger.Instance, sent.Enqueue, static _ => { });

    private static Outgoing To(string agent, long id)
    {
        MessageHeader header = new MessageStamp(Guid.Empty, TimeProvider.System).About(nameof(Ping), agent);
        return Outgoing.To(Queues.Agent(agent), new Ping { Header = header }, header) with { OutboxId = id };
    }

    /// <summary>A broker with queues that refuse until it relents.</summary>
    private sealed class Broker(params string[] refusing) : IMessageSender
    {
        private readonly ConcurrentDictionary<string, int> arrived = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<(string, int), TaskCompletionSource> waiting = [];
        private volatile bool relents;

        public void Relent() => relents = true;

        public bool HasArrived(string agent) => arrived.ContainsKey(agent);

        public Task ArrivedAsync(string agent, int count) => Waiting(agent, count).Task.InTimeAsync();

        public Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
            where T : class
        {
            if (!relents && refusing.Contains(header.AgentId))
            {
                throw new InvalidOperationException("the queue refuses");
            }

            Waiting(header.AgentId, arrived.AddOrUpdate(header.AgentId, 1, static (_, count) => count + 1)).TrySetResult();
            return Task.CompletedTask;
        }

        public Task PublishAsync(RunEvent happened, CancellationToken stop) => Task.CompletedTask;

        private TaskCompletionSource Waiting(string agent, int count) =>
            waiting.GetOrAdd((agent, count), static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
