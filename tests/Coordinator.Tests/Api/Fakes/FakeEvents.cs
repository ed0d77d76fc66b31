using System.Runtime.CompilerServices;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Events in memory, which readers follow and can take up again where they left off.</summary>
internal sealed class FakeEvents
{
    private readonly Lock gate = new();
    private readonly List<EventEnvelope> events = [];
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long kept;

    /// <summary>
    /// Holds readers of events that have been told to stop until it is set, those too that wait for nothing new; null: they stop at once.
    /// </summary>
    public TaskCompletionSource? Farewell { get; set; }

    /// <summary>Set when a reader is held by <see cref="Farewell"/>.</summary>
    public TaskCompletionSource Leaving { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(Guid run, RunEventKind kind, bool keep, string? detail)
    {
        lock (gate)
        {
            long sequence = events.Count(envelope => envelope.Event.RunId == run) + 1;
            events.Add(new EventEnvelope
            {
                Id = keep ? ++kept : null,
                At = DateTimeOffset.UnixEpoch.AddSeconds(sequence),
                Event = new RunEvent { RunId = run, Sequence = sequence, ElapsedMs = sequence * 1000, Kind = kind, Round = 1, Detail = detail },
            });
            TaskCompletionSource before = more;
            more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            before.SetResult();
        }
    }

    public async IAsyncEnumerable<EventEnvelope> ReadAsync(EventFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        int read = 0;
        while (true)
        {
            EventEnvelope[] batch;
            Task wait;
            lock (gate)
            {
                batch = [.. events.Skip(read)];
                read = events.Count;
                wait = more.Task;
            }

            foreach (EventEnvelope envelope in batch.Where(
                envelope => (envelope.Id ?? long.MaxValue) > filter.After && (filter.RunId ?? envelope.Event.RunId) == envelope.Event.RunId))
            {
                yield return envelope;
                if (filter.RunId is not null && envelope.Event.Kind is RunEventKind.RunCompleted or RunEventKind.RunFailed)
                {
                    yield break;
                }
            }

            if (!filter.Follow && Farewell is null)
            {
                yield break;
            }

            await ((Task)wait.WaitAsync(stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested && Farewell is { } farewell)
            {
                Leaving.TrySetResult();
                await farewell.Task;
            }

            stop.ThrowIfCancellationRequested();
        }
    }
}
