using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Copies the state of a service, at work or stopped, into a folder that a service can go on from.</summary>
/// <remarks>The database of the copy says that it is one, so that the service that begins on it knows (<see cref="StateOrigin"/>).</remarks>
public static class StateBackup
{
    /// <summary>Makes a backup: bodies, then the database by SQLite's own backup, then the bodies that came meanwhile.</summary>
    /// <param name="stateFolder">The service's.</param>
    /// <param name="target">A new or empty folder outside of it, which only its owner may enter.</param>
    /// <returns>Bytes of the backup.</returns>
    /// <exception cref="StateFolderException">There is no state of this version, the target can't be used, or the disk failed.</exception>
    public static long Make(string stateFolder, string target, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var from = new StoreOptions { StateFolder = stateFolder };
        var to = new StoreOptions { StateFolder = target };
        if (FolderOwner.Read(from) is { } owner)
        {
            throw new StateFolderException(
                $"'{stateFolder}' is of a service that keeps its runs in {owner.Database}, which its own tools back up: {ByOwnTools(owner)} "
                    + "(docs/operate.md, Two coordinators).");
        }

        if (!File.Exists(from.DatabaseFile))
        {
            throw new StateFolderException(
                $"'{stateFolder}' is no state folder of a coordinator: {Path.GetFileName(from.DatabaseFile)} is missing; name that of the service.");
        }

        if (Path.GetFullPath(target + "/").StartsWith(Path.GetFullPath(stateFolder + "/"), StringComparison.Ordinal))
        {
            throw new StateFolderException($"'{target}' lies in the state folder itself; name a folder outside of it.");
        }

        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new StateFolderException($"'{target}' is there already and is not an empty folder; name a new one for the backup.");
        }

        try
        {
            PrivateFolder.Create(target);
            CopyFiles(from, target);
            CopyDatabase(from.DatabaseFile, to.DatabaseFile, time.GetUtcNow());
            CopyFiles(from, target);
            return Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StateFolderException($"The backup of '{stateFolder}' to '{target}' failed: {failure.Message}", failure);
        }
    }

    /// <summary>What to do with database and bodies. Those are copied once before, for what is in the database must not be missing.</summary>
    private static string ByOwnTools(FolderOwner owner)
    {
        const string Dump = "dump the database (pg_dump --format=custom)";
        const string Again = "once more for the bodies that came meanwhile";
        const string Needless = "a restore needs nothing of this folder";
        return owner.Bodies switch
        {
            BodyPlace.Folder => $"copy the folder, {Dump}, then copy the folder {Again}",
            BodyPlace.Postgres => $"{Dump}, which holds the bodies too; {Needless}",
            BodyPlace.S3 => $"copy the objects of the {owner.Bucket}, {Dump}, then copy the objects {Again}; {Needless}",
            _ => $"{Dump}; with store.bodies: s3 copy the objects of the bucket before and after that, and where store.bodies is left out this "
                + "folder",
        };
    }

    /// <summary>All but the database, which is copied as a whole, and the lock, which is the running service's.</summary>
    private static void CopyFiles(StoreOptions from, string target)
    {
        string database = Path.GetFileName(from.DatabaseFile);
        foreach (string file in Directory.EnumerateFiles(from.StateFolder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith(database, StringComparison.Ordinal) || name == Path.GetFileName(from.LockFile) || name.StartsWith('.'))
            {
                continue;
            }

            string copy = Path.Combine(target, Path.GetRelativePath(from.StateFolder, file));
            PrivateFolder.Create(Path.GetDirectoryName(copy)!);
            try
            {
                File.Copy(file, copy, overwrite: true);
            }
            catch (FileNotFoundException)
            {
                // A body of a round that has ended meanwhile.
            }
        }
    }

    private static void CopyDatabase(string from, string to, DateTimeOffset now)
    {
        string unfinished = $"{to}.part";
        PrivateFolder.Open(unfinished, FileMode.CreateNew, FileAccess.Write).Dispose();
        using (SqliteConnection source = Open(from))
        using (SqliteConnection copy = Open(unfinished))
        {
            source.BackupDatabase(copy);
            if (copy.ExecuteScalar<long>("PRAGMA user_version") is var version && version != Migrations.Newest)
            {
                throw new StateFolderException(
                    $"'{from}' has schema version {version}; this build reads version {Migrations.Newest}. "
                        + "Back it up with the build that serves it.");
            }

            // One file alone, without a log beside it.
            copy.Execute("PRAGMA journal_mode = DELETE");
            copy.Execute("UPDATE service SET copied_at = @at", new { at = now.ToUnixTimeMilliseconds() });
        }

        AtomicFile.Adopt(unfinished, to);
    }

    private static SqliteConnection Open(string file)
    {
        var place = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false };
        var connection = new SqliteConnection(place.ToString());
        connection.Open();
        return connection;
    }
}
