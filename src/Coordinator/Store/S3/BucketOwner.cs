namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// Whose a prefix of a bucket is, as an object there says: of one service, in one database. Two on one prefix would remove each other's bodies.
/// </summary>
/// <param name="Database">What tells it from others; see <see cref="Postgres.BodyIndex.Identity"/>.</param>
/// <param name="DatabaseName">What it is, for people.</param>
internal sealed record BucketOwner(Guid Service, string Database, string DatabaseName)
{
    /// <summary>Name of the object, below the prefix.</summary>
    public const string Mark = "edgeflora-service";

    /// <summary>Whose the prefix is; null: nobody's.</summary>
    /// <exception cref="StateFolderException">The object is none of ours.</exception>
    public static async Task<BucketOwner?> ReadAsync(ObjectStore objects, CancellationToken stop)
    {
        if (await objects.TextAsync(Mark, stop) is not { } text)
        {
            return null;
        }

        string[] lines = text.Split('\n');
        return lines.Length >= 3 && Guid.TryParse(lines[0], out Guid service)
            ? new BucketOwner(service, lines[1], lines[2])
            : throw new StateFolderException(
                $"{objects.Options}: the object {objects.Options.Prefix}{Mark} does not say which service's bodies these are; name a prefix of the "
                    + "service's own with s3.prefix.");
    }

    /// <summary>Makes a prefix a service's own, where it is nobody's or its own already.</summary>
    /// <param name="takesOver">Whether it may be that of the same service in another database, which nobody works with any more.</param>
    /// <param name="mayBeNew">Whether a prefix that is nobody's may become the service's: it has no bodies elsewhere.</param>
    /// <exception cref="StateFolderException">It is another's, or not the one with the service's bodies.</exception>
    public static async Task ClaimAsync(ObjectStore objects, BucketOwner own, bool takesOver, bool mayBeNew, CancellationToken stop)
    {
        BucketOwner? owner = await ReadAsync(objects, stop);
        if (owner is null && !mayBeNew)
        {
            throw new StateFolderException(
                $"{objects.Options} is no service's, but the service in {own.DatabaseName} has bodies in a bucket already: s3.bucket or s3.prefix "
                    + "names another place than before. Name the one with its bodies. If they are here and only the object "
                    + $"{objects.Options.Prefix}{Mark} was lost, start once with --restored (docs/operate.md, Two coordinators).");
        }

        if (owner is null || (takesOver && owner.Service == own.Service && owner.Database != own.Database))
        {
            await objects.PutTextAsync(Mark, $"{own.Service}\n{own.Database}\n{own.DatabaseName}\n", stop);

            // Another service may have done the same at the same moment.
            owner = await ReadAsync(objects, stop);
        }

        if (owner?.Service != own.Service)
        {
            throw new StateFolderException(
                $"{objects.Options} holds the bodies of another service, in {owner?.DatabaseName}; name a prefix of this service's own with "
                    + "s3.prefix.");
        }

        if (owner.Database != own.Database)
        {
            throw new StateFolderException(
                $"{objects.Options} holds the bodies of this service as it was in another database, {owner.DatabaseName}; two services on one "
                    + "prefix would remove each other's. If nobody works with that one any more, start once with --restored; else copy the "
                    + "objects to a prefix of their own, name that with s3.prefix, and start once with --restored "
                    + "(docs/operate.md, Two coordinators).");
        }
    }
}
