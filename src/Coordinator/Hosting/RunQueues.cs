using EdgeFlora.Contracts;
using EdgeFlora.Coordinator.Runs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Sees to it that the broker holds no queue of a run that is over, whatever died or was out of reach in between.</summary>
/// <param name="remove">Removes queues from the broker; null: they are left to it.</param>
internal sealed class RunQueues(RunCatalogue catalogue, Func<IReadOnlyList<string>, CancellationToken, Task>? remove, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private DateTimeOffset notBefore = DateTimeOffset.MinValue;

    /// <summary>Notes that a run is about to have queues.</summary>
    public void Expect(RunEntry entry)
    {
        if (remove is not null && !entry.HasQueues)
        {
            catalogue.Change(entry.Id, static before => before with { HasQueues = true }, command: null);
        }
    }

    /// <summary>Removes what runs that are over have left. What can't be removed now is tried again later.</summary>
    /// <param name="isLed">Whether a run still has work to do here.</param>
    public async Task RemoveDueAsync(Func<Guid, bool> isLed, CancellationToken stop)
    {
        if (time.GetUtcNow() < notBefore)
        {
            return;
        }

        foreach (RunEntry entry in catalogue.All().Where(entry => entry is { IsOver: true, HasQueues: true } && !isLed(entry.Id)))
        {
            if (!await RemoveAsync(entry.Id, stop))
            {
                notBefore = time.GetUtcNow() + Again;
                return;
            }
        }
    }

    /// <returns>Whether the broker holds none of the run's queues any more.</returns>
    public async Task<bool> RemoveAsync(Guid run, CancellationToken stop)
    {
        if (remove is null || catalogue.Find(run) is not { HasQueues: true })
        {
            return true;
        }

        try
        {
            await remove([Queues.RunIntake(run), Queues.RunChunks(run)], stop);
        }
#pragma warning disable CA1031 // The broker's client fails in many ways, all of which mean: not now.
        catch (Exception absent) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            log.QueuesNotRemoved(run, absent.Message);
            return false;
        }

        catalogue.Change(run, static before => before with { HasQueues = false }, command: null);
        return true;
    }
}
