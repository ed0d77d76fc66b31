using System.Runtime.CompilerServices;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Events of runs for onlookers: those that are kept, in order, and then, where it is followed, those that come.</summary>
internal sealed class RunEventFeed(TimeProvider time)
{
    private const int AtOnce = 500;

    /// <summary>
    /// A run that no loop leads ends without an event, as when it is cancelled while it is queued: so often it is looked whether it is over.
    /// </summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<EventEnvelope> ReadAsync(Serving parts, EventFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        using EventBoard.Onlooker? onlooker = filter.Follow ? parts.Board.Watch() : null;
        long last = filter.After;
        while (true)
        {
            bool over = filter.RunId is { } of && parts.Catalogue.Find(of) is null or { IsOver: true };
            IReadOnlyList<(long Id, long At, string Body)> kept = parts.Store.Events(filter.RunId?.ToString(), last, AtOnce);
            foreach ((long id, long at, string body) in kept)
            {
                last = id;
                yield return new EventEnvelope
                {
                    Id = id,
                    At = DateTimeOffset.FromUnixTimeMilliseconds(at),
                    Event = JsonSerializer.Deserialize<RunEvent>(body)!,
                };
            }

            if (kept.Count == AtOnce)
            {
                continue;
            }

            if (onlooker is null || over)
            {
                yield break;
            }

            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                await Task.WhenAny(onlooker.Events.WaitToReadAsync(limit.Token).AsTask(), Task.Delay(Look, time, limit.Token));
                await limit.CancelAsync();
                stop.ThrowIfCancellationRequested();
            }

            while (onlooker.Events.TryRead(out RunEvent? happened))
            {
                if (happened.Kind == RunEventKind.TaskProgressed && (filter.RunId is null || happened.RunId == filter.RunId))
                {
                    yield return new EventEnvelope { At = time.GetUtcNow(), Event = happened };
                }
            }
        }
    }
}
