using EdgeFlora.Coordinator.Options;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Which service a state folder is of, where its runs are in a database, as a file in the folder says.</summary>
/// <param name="Service">Id of the service; null: the file is damaged.</param>
/// <param name="Database">Where the runs are, for people.</param>
/// <param name="Bodies">Where bodies are; null: a build of before wrote the file, and did not say.</param>
/// <param name="Bucket">With <see cref="BodyPlace.S3"/>: the bucket, for people.</param>
internal sealed record FolderOwner(Guid? Service, string Database, BodyPlace? Bodies, string? Bucket)
{
    public static FolderOwner Of(PostgresOptions database, Guid service) =>
        new(service, database.ToString(), database.Bodies, database.S3?.ToString());

    /// <returns>Null: the folder is nobody's, or its runs are in it.</returns>
    public static FolderOwner? Read(StoreOptions folder)
    {
        if (!File.Exists(folder.ServiceFile))
        {
            return null;
        }

        string[] lines = File.ReadAllLines(folder.ServiceFile);
        return new FolderOwner(
            lines.Length > 0 && Guid.TryParse(lines[0], out Guid service) ? service : null,
            lines.ElementAtOrDefault(1) ?? "a database",
            Enum.TryParse(lines.ElementAtOrDefault(2), out BodyPlace bodies) ? bodies : null,
            lines.ElementAtOrDefault(3));
    }

    public void Write(StoreOptions folder) => AtomicFile.Write(folder.ServiceFile, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.WriteLine(Service);
        writer.WriteLine(Database);
        writer.WriteLine(Bodies);
        if (Bucket is not null)
        {
            writer.WriteLine(Bucket);
        }
    });
}
