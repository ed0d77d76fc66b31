using System.Threading.Channels;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>Sends messages one after another, in the order in which the run decided them. What must arrive is tried until it is out.</summary>
internal sealed class OutgoingQueue(IMessageSender sender, TimeProvider time, ILogger log, Action<long> sent, Action<string> unreachable)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Channel<Outgoing> queue = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(Outgoing outgoing) => queue.Writer.TryWrite(outgoing);

    /// <summary>No more will be added; <see cref="RunAsync"/> ends when the rest is out.</summary>
    public void Complete() => queue.Writer.TryComplete();

    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (Outgoing outgoing in queue.Reader.ReadAllAsync(stop))
        {
            while (!await SendAsync(outgoing, stop))
            {
                await Task.Delay(Pause, time, stop);
            }

            if (outgoing.OutboxId is { } id)
            {
                sent(id);
            }
        }
    }

    /// <summary>True: done with it. False: to be tried again.</summary>
    private async Task<bool> SendAsync(Outgoing outgoing, CancellationToken stop)
    {
        try
        {
            await outgoing.Send(sender, stop);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (QueueAbsentException absent)
        {
            log.QueueAbsent(outgoing.Message.GetType().Name, absent.Message);
            if (outgoing.Agent is { } agent)
            {
                unreachable(agent);
            }

            return true;
        }
#pragma warning disable CA1031 // The outermost loop of a worker: the broker's client fails in many ways, and none may end the run.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.SendFailed(outgoing.Message.GetType().Name, failure);
            return outgoing.OutboxId is null;
        }
    }
}
