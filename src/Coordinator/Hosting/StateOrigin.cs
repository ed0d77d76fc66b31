using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Tells whether a state is as its service left it, or a copy of it that was put in place: a backup.</summary>
/// <remarks>
/// A copy that <see cref="StateBackup"/> made says so itself. One made by hand brings another lock file, or none; what was merely moved to another
/// disk looks the same. What was copied over the files of the folder that is there cannot be told from it.
/// </remarks>
internal static class StateOrigin
{
    /// <summary>Looks, and from then on takes the folder for the service's own.</summary>
    /// <param name="own">What tells this state from a copy of it: the identity of the folder's lock, held by the service, or of the database.</param>
    /// <param name="said">Whether an operator says that it is a copy.</param>
    /// <param name="whenCopy">Called before a copy is taken for the service's own, with the time at which it was made; null: it does not say.</param>
    public static void Look(ServiceStore store, string own, bool said, Action<DateTimeOffset?> whenCopy)
    {
        (long? copiedAt, string? lastLock) = store.Origin();
        if (said || copiedAt is not null || (lastLock is not null && lastLock != own))
        {
            whenCopy(copiedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
        }

        if (copiedAt is not null || lastLock != own)
        {
            store.TakeOver(own);
        }
    }
}
