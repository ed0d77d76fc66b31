using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.S3;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>A prefix of a bucket that a service has kept its bodies below.</summary>
internal static class BucketRemains
{
    /// <summary>Makes sure that a prefix is a service's.</summary>
    /// <param name="owner">The service in its database.</param>
    /// <exception cref="StateFolderException">It is not.</exception>
    public static async Task RequireAsync(S3Options options, BucketOwner owner, TimeProvider time, CancellationToken stop)
    {
        using var objects = new ObjectStore(options, time);
        if (!await IsOfAsync(objects, owner, stop))
        {
            throw new StateFolderException(
                $"{options} does not hold the bodies of the service in {owner.DatabaseName}; name bucket and prefix with --from as the service has "
                    + "them. Nothing was copied.");
        }
    }

    /// <summary>Removes all that a service has left below a prefix, and what says that it is its own; nothing where it is not.</summary>
    /// <returns>Bodies' objects that were removed.</returns>
    public static async Task<int> RemoveAsync(S3Options options, BucketOwner owner, TimeProvider time, CancellationToken stop)
    {
        using var objects = new ObjectStore(options, time);
        if (!await IsOfAsync(objects, owner, stop))
        {
            return 0;
        }

        var names = new List<string>();
        await foreach (string name in objects.ListAsync(stop))
        {
            if (ObjectName.TryParse(name, out _))
            {
                names.Add(name);
            }
        }

        foreach (string name in names)
        {
            await objects.DeleteAsync(name, stop);
        }

        foreach ((string name, string id) in await objects.UploadsAsync(stop))
        {
            if (ObjectName.TryParse(name, out _))
            {
                await objects.AbortAsync(name, id, stop);
            }
        }

        // Last: where this ends before, it can be done again.
        await objects.DeleteAsync(BucketOwner.Mark, stop);
        return names.Count;
    }

    private static async Task<bool> IsOfAsync(ObjectStore objects, BucketOwner owner, CancellationToken stop) =>
        await BucketOwner.ReadAsync(objects, stop) is { } found && found.Service == owner.Service && found.Database == owner.Database;
}
