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

    private readonly Lock gate = new();
    private Task<ServiceResources>? look;
    private DateTimeOffset lookedAt;

    /// <summary>Many who ask at once share one look: the broker and the disk are not for them to wear out.</summary>
    public async Task<ServiceResources> ResourcesAsync(CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        Task<ServiceResources> shared;
        lock (gate)
        {
            if (look is null || look.IsFaulted || time.GetUtcNow() - lookedAt >= Fresh)
            {
                (look, lookedAt) = (LookAsync(parts), time.GetUtcNow());
            }

            shared = look;
        }

        return await shared.WaitAsync(stop);
    }

    public async Task<IReadOnlyList<ServiceAlert>> AlertsAsync(CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        DateTimeOffset now = time.GetUtcNow();
        return AlertRules.Of(new AlertFacts
        {
            Moment = now,
            WantedVersion = options.AgentVersion,
            Status = await runs.StatusAsync(stop),
            Resources = await ResourcesAsync(stop),
            BodiesTrouble = parts.Bodies.TroubleAt(now),
            // Of runs that are over only those whose end is told still: there may be thousands.
            Runs =
            [
                .. parts.Catalogue.All().Where(entry => entry.EndedAt is not { } ended || now - ended < AlertRules.Recent)
                    .OrderByDescending(entry => entry.SubmittedAt).Select(entry => RunViews.Summary(entry, parts, now)),
            ],
            Agents = [.. parts.Fleet.All().Select(agent => FleetService.Summary(agent, parts, now))],
        });
    }

    private async Task<ServiceResources> LookAsync(Serving parts)
    {
        (long? free, long? total) = DiskUse.Of(options.StateFolder);
        (IReadOnlyList<QueueDepth> queues, string? problem) = await QueuesAsync(parts);
        return new ServiceResources
        {
            At = time.GetUtcNow(),
            DiskFreeBytes = free,
            DiskTotalBytes = total,
            DatabaseBytes = parts.Database.Size,
            BodyBytes = parts.Bodies.BucketBytes ?? DiskUse.Below(options.Store.BlobFolder),
            MemoryBytes = Environment.WorkingSet,
            ForgedMessages = parts.Senders.Forged,
            Queues = queues,
            QueuesProblem = problem,
        };
    }

    private async Task<(IReadOnlyList<QueueDepth> Queues, string? Problem)> QueuesAsync(Serving parts)
    {
        if (options.QueueDepths is not { } ask)
        {
            return ([], null);
        }

        string[] names =
        [
            Queues.Fleet, Queues.Presence,
            .. parts.Catalogue.All().Where(entry => parts.Director.Led(entry.Id) is not null)
                .SelectMany(entry => new[] { Queues.RunIntake(entry.Id), Queues.RunChunks(entry.Id) }),
        ];
        using var limit = new CancellationTokenSource(Patience, time);
        try
        {
            return (await ask(names, limit.Token), null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return ([], FormattableString.Invariant($"it did not answer within {Patience.TotalSeconds:0} s"));
        }
#pragma warning disable CA1031 // The broker's client fails in many ways; whichever it was, the operator is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return ([], failure.Message);
        }
    }
}
