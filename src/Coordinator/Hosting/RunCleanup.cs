using System.Data.Common;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Removes what is kept no longer: models and runs by their retention, and old answers to commands.</summary>
internal sealed class RunCleanup(RunCatalogue catalogue, ServiceStore store, RunBodies bodies, TimeProvider time, ILogger log)
{
    /// <summary>Repeats of a command come within minutes; 24 hours are promised.</summary>
    private static readonly TimeSpan CommandsKept = TimeSpan.FromDays(2);

    private static readonly TimeSpan CommandsEvery = TimeSpan.FromHours(1);

    private DateTimeOffset commandsForgotten = DateTimeOffset.MinValue;

    /// <summary>Whether a run that has not begun is to begin from a model of this one.</summary>
    public bool IsAwaited(Guid run) => catalogue.All().Any(entry => !entry.IsOver && entry.StartedAt is null && entry.StartFrom?.RunId == run);

    /// <summary>Removes the bodies of a run's older models, if it is over and nobody waits for them. A repeat removes nothing more.</summary>
    public void RemoveOldModels(RunEntry entry)
    {
        if (entry.IsOver && !IsAwaited(entry.Id))
        {
            Remove(() => RemoveModels(entry));
        }
    }

    private void RemoveModels(RunEntry entry)
    {
        if (!bodies.Has(entry.Id))
        {
            return;
        }

        (StoredModel[] models, PublishedModel? published) = store.Read(
            entry.Id.ToString(), reader => (reader.Models().ToArray(), reader.Published()));
        HashSet<string> kept =
        [
            .. models.TakeLast(entry.Retention.ModelsInAll).Concat(models.Where(model => model.Round == published?.Round)).SelectMany(Bodies),
        ];
        BlobStore blobs = bodies.Open(entry.Id);
        foreach (string body in models.SkipLast(entry.Retention.ModelsInAll).SelectMany(Bodies).Where(body => !kept.Contains(body)))
        {
            blobs.Remove(body);
        }
    }

    /// <summary>
    /// Deletes runs whose time has come, and now and then what was left of those deleted before: bodies go after their run, and stay where the
    /// service is killed in between or the place that keeps them is away.
    /// </summary>
    /// <param name="isLed">Whether a run still has work to do here.</param>
    public void RemoveDue(Func<Guid, bool> isLed)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (RunEntry entry in catalogue.All().Where(
            entry => entry is { IsOver: true, HasQueues: false, EndedAt: not null, Retention.DeleteAfter: not null }))
        {
            if (now - entry.EndedAt >= entry.Retention.DeleteAfter && !isLed(entry.Id) && !IsAwaited(entry.Id))
            {
                Delete(entry.Id, command: null);
            }
        }

        if (now - commandsForgotten >= CommandsEvery)
        {
            store.ForgetCommands((now - CommandsKept).ToUnixTimeMilliseconds());
            commandsForgotten = now;
            Remove(() => bodies.DropIdle(isLed));
            Remove(() => bodies.DeleteUnknown(run => catalogue.Find(run) is not null));
        }
    }

    /// <summary>Forgets a run, with its bodies.</summary>
    public void Delete(Guid run, StoredCommand? command)
    {
        catalogue.Remove(run, command);
        Remove(() => bodies.Delete(run));
    }

    /// <summary>A file that can't be removed takes place on the disk, which is no reason to end the service.</summary>
    private void Remove(Action removing)
    {
        try
        {
            removing();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DbException)
        {
            log.BodiesNotRemoved(failure.Message);
        }
    }

    private static IEnumerable<string> Bodies(StoredModel model) =>
        new[] { model.Claim.Sha256, model.BaseDelta?.Sha256, model.Momentum?.Sha256 }.OfType<string>();
}
