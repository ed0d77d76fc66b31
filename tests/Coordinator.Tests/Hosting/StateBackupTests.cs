using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What may be backed up, and where to; that a run goes on from it: <see cref="BackupTests"/>.</summary>
public sealed class StateBackupTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_backup_of_a_service_at_work_is_for_its_owner_alone_and_holds_no_half_of_a_database()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        await rig.SubmitAsync("kept", agentsNeeded: 9);

        long bytes = StateBackup.Make(rig.StateFolder, folder["backup"], TimeProvider.System);

        FileInfo[] files = [.. new DirectoryInfo(folder["backup"]).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal)];
        Assert.Equal(["coordinator.db", "provenance-key.pem"], files.Select(file => file.Name));
        Assert.Equal(files.Sum(file => file.Length), bytes);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder["backup"]) & Others);
            Assert.All(files, file => Assert.Equal(UnixFileMode.None, file.UnixFileMode & Others));
        }
    }

    [Fact]
    public async Task What_can_not_be_backed_up_or_written_to_is_refused_in_a_sentence()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        string state = rig.StateFolder;
        Directory.CreateDirectory(folder["full"]);
        await File.WriteAllTextAsync(Path.Combine(folder["full"], "other"), "", TestContext.Current.CancellationToken);

        Assert.Contains("coordinator.db is missing; name that of the service", Refusal(folder["full"], folder["out"]), StringComparison.Ordinal);
        Assert.Contains("is there already and is not an empty folder", Refusal(state, folder["full"]), StringComparison.Ordinal);
        Assert.Contains("lies in the state folder itself", Refusal(state, Path.Combine(state, "backup")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    /// <summary>What a service with its runs in a database is backed up by depends on where its bodies are.</summary>
    [Theory]
    [InlineData("", "dump the database (pg_dump --format=custom); with store.bodies: s3 copy the objects of the bucket before and after that, and")]
    [InlineData("Folder", "copy the folder, dump the database (pg_dump --format=custom), then copy the folder once more for the bodies that came")]
    [InlineData("Postgres", "dump the database (pg_dump --format=custom), which holds the bodies too; a restore needs nothing of this folder (")]
    [InlineData(
        "S3",
        "copy the objects of the S3 bucket 'fleet' (prefix a/) at https://s3.example, dump the database (pg_dump --format=custom), then copy")]
    public void Where_runs_are_in_a_database_the_way_that_fits_the_bodies_is_told(string bodies, string expected)
    {
        string state = folder["state"];
        Directory.CreateDirectory(state);
        var bucket = new S3Options { Bucket = "fleet", Prefix = "a/", Endpoint = new Uri("https://s3.example") };
        PostgresOptions database = PostgresOptions.Read("postgres://u@db.example/fleet", "--store")
            .With(keepsBodies: bodies == "Postgres", s3: bodies == "S3" ? bucket : null);
        SharedFolder.Mark(new StoreOptions { StateFolder = state }, database, Guid.Empty);
        if (bodies.Length == 0)
        {
            // As builds before this one wrote it.
            string file = Path.Combine(state, "coordinator.service");
            File.WriteAllLines(file, File.ReadLines(file).Take(2).ToArray());
        }

        string refusal = Refusal(state, folder["out"]);

        Assert.StartsWith(
            $"'{state}' is of a service that keeps its runs in {database}, which its own tools back up: {expected}",
            refusal,
            StringComparison.Ordinal);
        Assert.EndsWith(" (docs/operate.md, Two coordinators).", refusal, StringComparison.Ordinal);
    }

    private static string Refusal(string from, string to) =>
        Assert.Throws<StateFolderException>(() => StateBackup.Make(from, to, TimeProvider.System)).Message;
}
