using EdgeFlora.Contracts.Events;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>All events that were published on a bus, in order, and a way to wait for one.</summary>
internal sealed class EventRecorder
{
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly List<RunEvent> events = [];
    private readonly List<(Func<RunEvent, bool> Wanted, TaskCompletionSource<RunEvent> Found)> waiting = [];
    private QueueConsumer? watcher;

    public IReadOnlyList<RunEvent> All
    {
        get
        {
            lock (gate)
            {
                return [.. events];
            }
        }
    }

    public static async Task<EventRecorder> ConnectAsync(MessageBus bus)
    {
        var recorder = new EventRecorder();
        recorder.watcher = RunEventSubscription.Connect(bus, recorder.Add);
        await recorder.watcher.Ready;
        return recorder;
    }

    /// <summary>The first event that was or will be published and fits.</summary>
    /// <param name="most">Longest wait; null: a minute.</param>
    public Task<RunEvent> SeenAsync(Func<RunEvent, bool> wanted, TimeSpan? most = null)
    {
        lock (gate)
        {
            if (events.FirstOrDefault(wanted) is { } seen)
            {
                return Task.FromResult(seen);
            }

            var found = new TaskCompletionSource<RunEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((wanted, found));
            return found.Task.WaitAsync(most ?? TooLong);
        }
    }

    public Task StopAsync() => watcher!.StopAsync();

    private void Add(RunEvent happened)
    {
        lock (gate)
        {
            events.Add(happened);
            foreach ((Func<RunEvent, bool> wanted, TaskCompletionSource<RunEvent> found) in waiting)
            {
                if (wanted(happened))
                {
                    found.TrySetResult(happened);
                }
            }
        }
    }
}
