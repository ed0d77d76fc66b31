using System.Collections.Concurrent;
using System.Threading.Channels;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>
/// Sends messages, to each agent in the order in which the run decided them and to no agent later because another's queue refuses. What must arrive
/// is tried until it is out.
/// </summary>
/// <remarks>
/// Every agent has a lane of its own, and what is published another. A lane holds so many messages and no more; then the oldest goes, as the
/// broker's own limit on an agent's queue would
/// have it: whoever misses one asks again. Lanes whose last attempt failed share a few places, so that they never take those of the others.
/// </remarks>
internal sealed class OutgoingQueue(
    IMessageSender sender, TimeProvider time, ILogger log, Action<long> sent, Action<string> unreachable) : IDisposable
{
    /// <summary>Messages that wait for one agent.</summary>
    public const int MostPerAgent = 256;

    /// <summary>Events that wait to be published.</summary>
    public const int MostEvents = 8192;

    private const int Sending = 64;
    private const int Trying = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>How long what is left is tried for when no more will come. What is not out by then stays in the outbox.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(20);

    private readonly Channel<Outgoing> added = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, OutgoingLane> lanes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> running = [];
    private readonly SemaphoreSlim healthy = new(Sending);
    private readonly SemaphoreSlim failing = new(Trying);
    private readonly CancellationTokenSource ending = new();

    public void Add(Outgoing outgoing) => added.Writer.TryWrite(outgoing);

    /// <summary>No more will be added; <see cref="RunAsync"/> ends when the rest is out, or has been tried for a while.</summary>
    public void Complete() => added.Writer.TryComplete();

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (Outgoing outgoing in added.Reader.ReadAllAsync(stop))
            {
                Dispatch(outgoing);
            }

            await AllSentAsync().WaitAsync(Farewell, time, stop);
        }
        catch (TimeoutException)
        {
            log.LeftUnsent(lanes.Values.Sum(lane => lane.Count));
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(running.Keys);
        }
    }

    private void Dispatch(Outgoing outgoing)
    {
        string key = outgoing.Agent ?? string.Empty;
        if (!lanes.TryGetValue(key, out OutgoingLane? lane))
        {
            lane = new OutgoingLane(key.Length == 0 ? MostEvents : MostPerAgent);
            lanes.Add(key, lane);
        }

        if (lane.Add(outgoing) is { } dropped)
        {
            log.LaneFull(dropped.Message.GetType().Name, key);
            Done(dropped);
        }

        if (lane.TryBegin())
        {
            Task pump = PumpAsync(lane);
            if (!pump.IsCompleted)
            {
                running.TryAdd(pump, 0);
                _ = pump.ContinueWith(
                    ended => running.TryRemove(ended, out _),
                    CancellationToken.None,
                    TaskContinuationOptions.None,
                    TaskScheduler.Default);
            }
        }
    }

    public void Dispose()
    {
        healthy.Dispose();
        failing.Dispose();
        ending.Dispose();
    }

    private async Task AllSentAsync()
    {
        while (!running.IsEmpty)
        {
            await Task.WhenAll(running.Keys);
        }
    }

    private async Task PumpAsync(OutgoingLane lane)
    {
        TimeSpan pause = TimeSpan.Zero;
        try
        {
            while (lane.Peek() is { } outgoing)
            {
                if (await SendAsync(outgoing, pause > TimeSpan.Zero ? failing : healthy))
                {
                    pause = TimeSpan.Zero;
                    if (lane.Remove(outgoing))
                    {
                        Done(outgoing);
                    }
                }
                else
                {
                    pause = pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
                    await Task.Delay(pause, time, ending.Token);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
    }

    private void Done(Outgoing outgoing)
    {
        if (outgoing.OutboxId is { } id)
        {
            sent(id);
        }
    }

    /// <summary>True: done with it. False: to be tried again.</summary>
    private async Task<bool> SendAsync(Outgoing outgoing, SemaphoreSlim places)
    {
        await places.WaitAsync(ending.Token);
        try
        {
            await outgoing.Send(sender, ending.Token);
            return true;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
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
        finally
        {
            places.Release();
        }
    }
}
