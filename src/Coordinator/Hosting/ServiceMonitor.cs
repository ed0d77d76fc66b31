using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The service's condition for operators.</summary>
internal sealed class ServiceMonitor(Task<Serving> serving, IRunService runs, CoordinatorHostOptions options, TimeProvider time) : IServiceMonitor
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim one = new(1);
    private ServiceResources? last;

    /// <summary>Many who ask at once share one look: the broker and the disk are not for them to wear out.</summary>
    public async Task<ServiceResources> ResourcesAsync(CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        await one.WaitAsync(stop);
        try
        {
            return last is { } known && time.GetUtcNow() - known.At < Fresh ? known : last = await LookAsync(parts, stop);
        }
        finally
        {
            one.Release();
        }
    }

    public async Task<IReadOnlyList<ServiceAlert>> AlertsAsync(CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        DateTimeOffset now = time.GetUtcNow();
        return AlertRules.Of(new AlertFacts
        {
            Moment = now,
            Status = await runs.StatusAsync(stop),
            Resources = await ResourcesAsync(stop),
            Runs = [.. parts.Catalogue.All().OrderByDescending(entry => entry.SubmittedAt).Select(entry => RunViews.Summary(entry, parts, now))],
            Agents = [.. parts.Fleet.All().Select(agent => FleetService.Summary(agent, parts, now))],
        });
    }

    private async Task<ServiceResources> LookAsync(Serving parts, CancellationToken stop)
    {
        (long? free, long? total) = DiskUse.Of(options.StateFolder);
        (IReadOnlyList<QueueDepth> queues, string? problem) = await QueuesAsync(parts, stop);
        return new ServiceResources
        {
            At = time.GetUtcNow(),
            DiskFreeBytes = free,
            DiskTotalBytes = total,
            DatabaseBytes = new[] { "", "-wal", "-shm" }.Sum(suffix => DiskUse.SizeOf(options.Store.DatabaseFile + suffix)),
            BodyBytes = DiskUse.Below(options.Store.BlobFolder),
            MemoryBytes = Environment.WorkingSet,
            ForgedMessages = parts.Senders.Forged,
            Queues = queues,
            QueuesProblem = problem,
        };
    }

    private async Task<(IReadOnlyList<QueueDepth> Queues, string? Problem)> QueuesAsync(Serving parts, CancellationToken stop)
    {
        if (options.QueueDepths is not { } ask)
        {
            return ([], null);
        }

        string[] names =
        [
            Queues.Fleet, Queues.Presence,
            .. parts.Catalogue.All().Where(entry => parts.Director.Led(entry.Id) is not null).SelectMany(entry => new[] { Queues.RunIntake(entry.Id), Queues.RunChunks(entry.Id) }),
        ];
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return (await ask(names, either.Token), null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return ([], FormattableString.Invariant($"it did not answer within {Patience.TotalSeconds:0} s"));
        }
#pragma warning disable CA1031 // The broker's client fails in many ways; whichever it was, the operator is told.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return ([], failure.Message);
        }
    }
}
