using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Copies the state of a stopped service out of its file into a PostgreSQL database, from which replicas go on with it.</summary>
/// <remarks>
/// All of it in one transaction: what fails leaves both as they were. Then the file is put aside and the folder marked, so that no service goes on
/// with the old state.
/// </remarks>
public static class StateCopy
{
    /// <summary>Makes the copy.</summary>
    /// <param name="stateFolder">Of the service, which must not be at work.</param>
    /// <param name="target">An empty database.</param>
    /// <exception cref="StateFolderException">The folder is none or in use, the database is not empty, or a copy is not as it was.</exception>
    /// <exception cref="StoreUnavailableException">The database does not let us in.</exception>
    public static CopiedState Make(string stateFolder, PostgresOptions target, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(target);
        var folder = new StoreOptions { StateFolder = stateFolder };
        RequireState(folder, target);
        using StateLock held = StateLock.Take(folder.LockFile);
        using var database = new PostgresDatabase(target);
        try
        {
            CopiedState copied = Copy(folder, database, time, out Guid service);
            PutAside(folder, target, service, copied.PutAside);
            return copied;
        }
        catch (NpgsqlException failure)
        {
            throw PostgresFailures.Describe(failure, target);
        }
        catch (ArchiveAwayException away)
        {
            throw new StoreUnavailableException($"{away.Message.TrimEnd('.')}. Nothing was copied.", away);
        }
        catch (SqliteException failure)
        {
            throw new StateFolderException($"'{folder.DatabaseFile}' cannot be read ({failure.Message}); nothing was copied.", failure);
        }
    }

    private static void RequireState(StoreOptions folder, PostgresOptions target)
    {
        if (!File.Exists(folder.DatabaseFile))
        {
            throw new StateFolderException(FolderOwner.Read(folder)?.Database is { } elsewhere
                ? $"'{folder.StateFolder}' is of a service that keeps its runs in {elsewhere} already; nothing was copied."
                : $"'{folder.StateFolder}' is no state folder of a coordinator: {Path.GetFileName(folder.DatabaseFile)} is missing; name that of the "
                    + "service with --state.");
        }

        if (target.SharesNoFolder && ModelStore.Of(folder.StateFolder, TimeProvider.System).Folders is { Count: > 0 } models)
        {
            throw new StateFolderException(
                $"'{folder.StateFolder}' holds models that were added ({string.Join(", ", models.Select(Path.GetFileName))}), which only replicas "
                + "that share a folder have in common; leave store.bodies out, or remove them first: edgeflora models rm NAME.");
        }
    }

    private static CopiedState Copy(StoreOptions folder, PostgresDatabase database, TimeProvider time, out Guid service)
    {
        using SqliteConnection source = Open(folder);
        using StoreConnection connection = database.Open(new StoreAccess { Time = time });
        using StoreWrite write = connection.BeginWriting();
        if (!connection.TryClaim(write.Transaction))
        {
            throw new StateFolderException($"A service is at work on {database.Name}; name an empty database.");
        }

        var copy = (NpgsqlConnection)connection.Connection;
        if (copy.ExecuteScalar<string?>("SELECT id FROM service", transaction: write.Transaction) is not null)
        {
            throw new StateFolderException($"{database.Name} holds a service already; name an empty database. Nothing was copied.");
        }

        var tables = new StateTables(source, copy, write.Transaction);
        (int count, long rows) = tables.Copy();
        TakeOver(folder, source, copy, write.Transaction);
        service = Guid.Parse(source.ExecuteScalar<string>("SELECT id FROM service")!);
        using BucketCopy? bucket = database.Options.S3 is { } place ? new BucketCopy(place, copy, time) : null;
        try
        {
            bucket?.Claim(service, database.Name);
            int bodies = database.Options.SharesNoFolder ? CopyBodies(folder, copy, bucket, write.Transaction) : 0;
            write.Commit();
            return new CopiedState(count, rows, bodies, $"{folder.DatabaseFile}.moved");
        }
        catch
        {
            bucket?.TakeBack();
            throw;
        }
    }

    private static SqliteConnection Open(StoreOptions folder)
    {
        StateDatabase.Initialise();
        var place = new SqliteConnectionStringBuilder { DataSource = folder.DatabaseFile, Mode = SqliteOpenMode.ReadWrite, Pooling = false };
        var source = new SqliteConnection(place.ToString());
        source.Open();
        if (source.ExecuteScalar<long>("PRAGMA user_version") is var version && version != Migrations.Newest)
        {
            source.Dispose();
            throw new StateFolderException(
                $"'{folder.DatabaseFile}' has schema version {version}; this build copies version {Migrations.Newest}. Start the service once with "
                + "this build, and stop it.");
        }

        StateDatabase.EmptyLog(source);
        return source;
    }

    /// <summary>The copy is the service's own state, not a backup of it; unless the original was a backup that nobody has begun on.</summary>
    private static void TakeOver(StoreOptions folder, SqliteConnection source, NpgsqlConnection copy, DbTransaction transaction)
    {
        if (source.ExecuteScalar<string?>("SELECT lock_file FROM service") == FileIdentity.Of(folder.LockFile))
        {
            string identity = copy.ExecuteScalar<string>(PostgresDatabase.IdentityQuery, transaction: transaction)!;
            copy.Execute("UPDATE service SET lock_file = @identity", new { identity }, transaction);
        }
    }

    /// <param name="bucket">Where bodies go; null: into the database.</param>
    private static int CopyBodies(StoreOptions folder, NpgsqlConnection copy, BucketCopy? bucket, DbTransaction transaction)
    {
        copy.Execute(bucket is null ? PostgresBodies.Table : BodyIndex.Table, transaction: transaction);
        PostgresFiles.Add(copy, folder, transaction);
        int count = 0;
        foreach (string place in Directory.Exists(folder.BlobFolder) ? Directory.EnumerateDirectories(folder.BlobFolder) : [])
        {
            if (!Guid.TryParse(Path.GetFileName(place), out Guid run))
            {
                continue;
            }

            var bodies = new BlobStore(place);
            foreach (BlobClaim claim in bodies.Held().Select(bodies.Find).OfType<BlobClaim>())
            {
                RequireWhole(bodies.FileOf(claim.Sha256), claim);
                if (bucket is null)
                {
                    PostgresBodies.Insert(copy, run, claim, bodies.FileOf(claim.Sha256));
                }
                else
                {
                    bucket.Put(run, claim, bodies.FileOf(claim.Sha256));
                }

                count++;
            }
        }

        return copy.ExecuteScalar<long>($"SELECT COUNT(*) FROM {(bucket is null ? "bodies" : "body_objects")}") == count
            ? count
            : throw new StateFolderException($"Not all {count} bodies of '{folder.BlobFolder}' arrived; nothing was copied.");
    }

    private static void RequireWhole(string file, BlobClaim claim)
    {
        using FileStream body = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (Convert.ToHexStringLower(SHA256.HashData(body)) is var found && found != claim.Sha256)
        {
            throw new StateFolderException($"'{file}' is damaged: it has SHA-256 {found}. Bring it back, or remove it; nothing was copied.");
        }
    }

    private static void PutAside(StoreOptions folder, PostgresOptions target, Guid service, string aside)
    {
        SharedFolder.Mark(folder, target, service);
        foreach (string beside in new[] { "-wal", "-shm" })
        {
            File.Delete(folder.DatabaseFile + beside);
        }

        AtomicFile.Adopt(folder.DatabaseFile, aside);
    }
}
