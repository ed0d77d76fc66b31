using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// Tasks that wait to be worked on: the one of the highest priority first, then the one that was taken on first. Thread-safe; one reader.
/// </summary>
internal sealed class TaskQueue
{
    private readonly Lock gate = new();
    private readonly List<TaskHandle> waiting = [];
    private readonly Channel<bool> added = Channel.CreateUnbounded<bool>();

    public void Add(TaskHandle handle)
    {
        lock (gate)
        {
            waiting.Add(handle);
        }

        added.Writer.TryWrite(true);
    }

    public bool TryRead([NotNullWhen(true)] out TaskHandle? handle)
    {
        lock (gate)
        {
            handle = waiting.OrderByDescending(task => task.Offer.Priority).ThenBy(task => task.Entry.AcceptedAt).FirstOrDefault();
            return handle is not null && waiting.Remove(handle);
        }
    }

    /// <summary>Waits until a task is due, and takes it.</summary>
    public async Task<TaskHandle> ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            await added.Reader.ReadAsync(stop);
            if (TryRead(out TaskHandle? handle))
            {
                return handle;
            }
        }
    }
}
