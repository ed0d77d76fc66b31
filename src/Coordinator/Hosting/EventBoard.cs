using System.Collections.Concurrent;
using System.Threading.Channels;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Passes events on to onlookers as they happen. One that is too slow loses events that are not kept; those that are it reads from the store.
/// </summary>
internal sealed class EventBoard
{
    private const int MostUnread = 1024;

    private readonly ConcurrentDictionary<long, Channel<RunEvent>> onlookers = [];
    private long watches;

    public void Post(RunEvent happened)
    {
        foreach (Channel<RunEvent> onlooker in onlookers.Values)
        {
            onlooker.Writer.TryWrite(happened);
        }
    }

    public Onlooker Watch()
    {
        long id = Interlocked.Increment(ref watches);
        Channel<RunEvent> channel = Channel.CreateBounded<RunEvent>(
            new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest });
        onlookers[id] = channel;
        return new Onlooker(channel.Reader, () =>
        {
            onlookers.TryRemove(id, out _);
            channel.Writer.TryComplete();
        });
    }

    /// <summary>Reads events until disposed, and then those that came before.</summary>
    internal sealed class Onlooker(ChannelReader<RunEvent> events, Action leave) : IDisposable
    {
        public ChannelReader<RunEvent> Events => events;

        public void Dispose() => leave();
    }
}
