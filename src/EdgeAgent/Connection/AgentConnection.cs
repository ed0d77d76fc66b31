using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Connection;

/// <summary>The agent's way out: stamps and sends. After <see cref="Cut"/> nothing leaves any more, as from a process that was killed.</summary>
internal sealed class AgentConnection(Courier courier, AgentOptions options, AgentPipelines pipelines, TimeProvider clock, ILogger log)
{
#pragma warning disable RS0030 // A process is told from every other by this id alone.
    private readonly MessageStamp stamp = new(Guid.NewGuid(), clock);
#pragma warning restore RS0030
    private volatile bool cut;
    private volatile string? connectionQueue;

    public Courier Courier => courier;

    public AgentPipelines Pipelines => pipelines;

    /// <summary>Where the agent takes messages.</summary>
    public string Queue { get; set; } = Queues.Agent(options.Name);

    /// <summary>The queue that goes with the present connection; null: there is none.</summary>
    public string? ConnectionQueue
    {
        get => connectionQueue;
        set => connectionQueue = value;
    }

    public Guid BootId => stamp.BootId;

    public bool IsCut => cut;

    public void Cut() => cut = true;

    /// <summary>A header that is about no task.</summary>
    public MessageHeader Header(string kind, string content = "") => stamp.About(kind, options.Name, content: content);

    /// <summary>A header about the task of an offer.</summary>
    public MessageHeader Header(MessageHeader offer, string kind, string content = "") => stamp.Like(offer, kind, content: content);

    /// <summary>The coordinator of a task as the other side of a transfer.</summary>
    public BlobPeer Coordinator(TaskOffer offer) => new(options.Name, offer.Intake, offer.Chunks, (kind, content) =>
        Header(offer.Header, kind, content));

    /// <summary>Sends to an address that a message gave, with retries.</summary>
    public async Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class => await pipelines.Send.ExecuteAsync(async token => await SendOnceAsync(queue, message, header, token), stop);

    /// <summary>Sends to an address that a message gave, once: for what is repeated anyway until it is answered.</summary>
    /// <param name="timeToLive">How long the broker keeps it for an absent receiver; null: as long as the queue does.</param>
    public Task SendOnceAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop, TimeSpan? timeToLive = null)
        where T : class
    {
        ThrowIfCut();
        return courier.SendAsync(queue, message, header, timeToLive, stop);
    }

    /// <summary>Sends what may be lost; a failure is only noted.</summary>
    public async Task TellAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class
    {
        if (cut)
        {
            return;
        }

        try
        {
            await courier.SendTransientAsync(queue, message, header, stop);
        }
#pragma warning disable CA1031 // It may be lost, and the broker's client fails in many ways.
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
        {
            log.TransientLost(queue, failure.Message);
        }
    }

    private void ThrowIfCut()
    {
        if (cut)
        {
            throw new OperationCanceledException("The agent has died.");
        }
    }
}
