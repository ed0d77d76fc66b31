using EdgeFlora.Coordinator.Hosting;
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

        Assert.Equal(["coordinator.db"], Directory.EnumerateFiles(folder["backup"]).Select(Path.GetFileName));
        Assert.Equal(new FileInfo(Path.Combine(folder["backup"], "coordinator.db")).Length, bytes);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder["backup"]) & Others);
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(folder["backup"], "coordinator.db")) & Others);
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

    private static string Refusal(string from, string to) =>
        Assert.Throws<StateFolderException>(() => StateBackup.Make(from, to, TimeProvider.System)).Message;
}
