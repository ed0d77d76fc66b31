using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Brings the bodies of a stopped service to another place: state folder, PostgreSQL or a bucket, each way.</summary>
/// <remarks>
/// They are copied one by one, and read back. Until all of them are there nothing changes for the service; then one transaction says where they are
/// now. What ends before that goes on where it was when it is called again. Meanwhile the lease of those who lead is held, so no service can begin.
/// </remarks>
/// <param name="from">As the service has it.</param>
/// <param name="to">As it shall have it; in the same database.</param>
/// <param name="tell">Told what is being done, a sentence at a time.</param>
public sealed class BodyMoving(ServicePlace from, ServicePlace to, TimeProvider time, Action<string> tell)
{
    /// <summary>A coordinator that was killed is known to be gone within this time and its lease.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Moves them.</summary>
    /// <exception cref="StateFolderException">Places do not fit, a coordinator is at work, or a body is damaged.</exception>
    /// <exception cref="StoreUnavailableException">Database or bucket do not let us in, or are away.</exception>
    public async Task<MovedBodies> RunAsync(CancellationToken stop)
    {
        RequirePlaces();
        using var database = new PostgresDatabase(to.Database);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            using ServiceStore store = await LeadAsync(database, stop);
            await using var lease = new HeldLease(database.LeaseOf(store.Term, time), ending, isKilled: static () => false);
            Task<MovedBodies> moving = Task.Run(() => MoveAsync(database, store, ending.Token), CancellationToken.None);
            try
            {
                await await Task.WhenAny(moving, lease.Renewing);
                return await moving;
            }
            finally
            {
                await ending.CancelAsync();
                await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (NpgsqlException failure)
        {
            throw PostgresFailures.Describe(failure, to.Database);
        }
        catch (TermLostException lost)
        {
            throw new StateFolderException($"{lost.Message} What was copied is not copied again.", lost);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{failure.Message.TrimEnd('.')}. Do the same again: what was copied is not copied again.", failure);
        }
    }

    /// <summary>What can be seen without the database.</summary>
    private void RequirePlaces()
    {
        if ((from.Database.Host, from.Database.Port, from.Database.Database) != (to.Database.Host, to.Database.Port, to.Database.Database))
        {
            throw new StateFolderException(
                $"--from is of a service in {from.Database}, and --config of one in {to.Database}; both must name the same database.");
        }

        if (from.Bodies == to.Bodies)
        {
            throw new StateFolderException(
                $"--from and --config both say that bodies are in {from}{(from.ToString() == to.ToString() ? "" : $" or {to}")}; a state folder or "
                    + "a bucket is brought to another place of its kind by the system's own tools.");
        }

        SharedFolder.RequireKind(from.Folder, from.Database);
        SharedFolder.RequireKind(to.Folder, to.Database);
        if (from.Bodies == BodyPlace.Folder && ModelStore.Of(from.StateFolder, time).Folders is { Count: > 0 } models)
        {
            throw new StateFolderException(
                $"'{from.StateFolder}' holds models that were added ({string.Join(", ", models.Select(Path.GetFileName))}), which only replicas that "
                    + "share a folder have in common; remove them first: edgeflora models rm NAME.");
        }

        OwnedFolder.Secure(to.Folder, NullLogger.Instance);
    }

    private async Task<ServiceStore> LeadAsync(PostgresDatabase database, CancellationToken stop)
    {
        long began = time.GetTimestamp();
        var access = new StoreAccess { Time = time, Stop = stop };
        while (true)
        {
            if (ServiceStore.TryLead(database, $"{Environment.MachineName}, which moves bodies", access, Accept) is { } store)
            {
                return store;
            }

            StoreLeader? leader = database.Leader();
            if (leader is not null || time.GetElapsedTime(began) > to.Database.Lease + Grace)
            {
                throw new StateFolderException(
                    $"A coordinator is at work on {database.Name}{(leader is null ? "" : $": {leader.Holder} leads")}; stop all of them first. "
                        + "Nothing was copied.");
            }

            await Task.Delay(Look, time, stop);
        }
    }

    private void Accept(Guid service, bool isNew)
    {
        if (isNew)
        {
            throw new StateFolderException($"{to.Database} holds no service; there is nothing to move.");
        }

        SharedFolder.Beside(from.Folder, from.Database, service);
        if (FolderOwner.Read(to.Folder)?.Service is { } owner && owner != service)
        {
            throw new StateFolderException(
                $"'{to.StateFolder}' is another service's folder, not one of the service in {to.Database}; name a new one with state.");
        }
    }

    private async Task<MovedBodies> MoveAsync(PostgresDatabase database, ServiceStore store, CancellationToken stop)
    {
        BodyPlace now = database.BodiesIn ?? from.Bodies;
        BucketOwner owner = new(store.Id, database.Ask(BodyIndex.Identify), database.Name);
        if (now == to.Bodies)
        {
            return new MovedBodies(0, 0, 0, WasDone: true, await ClearAsync(owner, stop));
        }

        if (now != from.Bodies)
        {
            throw new StateFolderException(
                $"The service in {database.Name} keeps its bodies in {Named(now)}, which --from does not say; name the settings that it has now. "
                    + "Nothing was copied.");
        }

        await (from.Database.S3 is { } source ? BucketRemains.RequireAsync(source, owner, time, stop) : Task.CompletedTask);
        BodyMove.Begin(database, now);
        database.PrepareBodies();
        MovedBodies moved = await CopyAsync(database, store, stop);
        if (to.Bodies == BodyPlace.Folder)
        {
            BringFiles(database, store.Id);
        }

        StoreOptions? files = from.Bodies == BodyPlace.Folder ? from.Folder : null;
        BodyMove.Commit(database, to.Bodies, store.Term, files, new StoreAccess { Time = time, Stop = stop });
        return moved with { Removed = await ClearAsync(owner, stop) };
    }

    private async Task<MovedBodies> CopyAsync(PostgresDatabase database, ServiceStore store, CancellationToken stop)
    {
        string scratch = Path.Combine(to.StateFolder, "moving");
        PrivateFolder.Create(scratch);
        try
        {
            using IBodyPlace source = await OpenAsync(from, database, store, stop);
            using IBodyPlace target = await OpenAsync(to, database, store, stop);
            var transfer = new BodyTransfer(source, target, scratch, tell);
            transfer.Copy(stop);
            int bodies = transfer.Check(stop);
            return new MovedBodies(bodies, transfer.Copied, transfer.Bytes, WasDone: false, Removed: 0);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private async Task<IBodyPlace> OpenAsync(ServicePlace place, PostgresDatabase database, ServiceStore store, CancellationToken stop)
    {
        switch (place.Bodies)
        {
            case BodyPlace.Folder:
                return new FolderPlace(place.Folder);
            case BodyPlace.Postgres:
                return new DatabasePlace(database, store.Term, time);
            default:
                var bucket = new BucketPlace(place.Database.S3!, database, store.Term, time, stop);
                await bucket.ClaimAsync(store.Id);
                return bucket;
        }
    }

    /// <summary>Operator tokens, certificate and keys, which replicas that share a folder have there.</summary>
    private void BringFiles(PostgresDatabase database, Guid service)
    {
        using var files = new PostgresFiles(to.Database, time);
        foreach (string file in to.Folder.CommonFiles)
        {
            if (files.Read(Path.GetFileName(file)) is { } content)
            {
                AtomicFile.Write(file, stream => stream.Write(content));
            }
        }

        SharedFolder.Mark(to.Folder, to.Database, service);
    }

    /// <summary>What is not the service's any more goes from the bucket; where S3 fails, another call removes it.</summary>
    private async Task<int> ClearAsync(BucketOwner owner, CancellationToken stop)
    {
        if (from.Database.S3 is not { } bucket)
        {
            return 0;
        }

        try
        {
            return await BucketRemains.RemoveAsync(bucket, owner, time, stop);
        }
        catch (ArchiveAwayException away)
        {
            throw new StoreUnavailableException(
                $"The bodies are in {to} now, and nothing is missing; only what is left in {bucket} could not be removed: "
                    + $"{away.Message.TrimEnd('.')}. Do the same again to remove it.",
                away);
        }
    }

    private static string Named(BodyPlace place) => place switch
    {
        BodyPlace.Folder => "a state folder (store.bodies left out)",
        BodyPlace.Postgres => "the database (store.bodies: postgres)",
        _ => "a bucket (store.bodies: s3)",
    };
}
