using System.Runtime.CompilerServices;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>All events that were published on a bus, in order, and a way to wait for one.</summary>
internal sealed class EventRecorder
{
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
    /// <param name="what">What is waited for; without it the condition.</param>
    public Task<RunEvent> SeenAsync(Func<RunEvent, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        lock (gate)
        {
            if (events.FirstOrDefault(wanted) is { } seen)
            {
                return Task.FromResult(seen);
            }

            var found = new TaskCompletionSource<RunEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((wanted, found));
            return found.Task.InTimeAsync(Describe, what);
        }
    }

    /// <summary>The last events, each in a few words.</summary>
    public string Describe() => $"last events: {string.Join("; ", All.TakeLast(20).Select(Describe))}";

    public static string Describe(RunEvent happened) =>
        FormattableString.Invariant($"{happened.RunId} {happened.Kind} {happened.Round} {happened.AgentId} {happened.Detail}");

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
