using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>
/// What docs/operate.md says of backups: a run goes on from one in another folder, made while the service ran or after it was stopped.
/// </summary>
public sealed class BackupTests : IDisposable
{
    private static readonly string[] Agents = ["a", "b", "c"];

    private readonly TemporaryFolder folder = new();

    /// <summary>How a backup came to be.</summary>
    public enum Made
    {
        ByCommandWhileItRuns,
        ByHandWhileItRuns,
        ByHandAfterItStopped,
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Made.ByCommandWhileItRuns)]
    [InlineData(Made.ByHandWhileItRuns)]
    [InlineData(Made.ByHandAfterItStopped)]
    public async Task A_run_goes_on_from_a_backup_in_another_folder_with_the_same_model(Made how)
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((offer, stop) => offer.Header.Round == 2 ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid run = await rig.SubmitAsync("kept", rounds: 3);
        await rig.Events.SeenAsync(e => e.RunId == run && e.Kind == RunEventKind.RoundOpened && e.Round == 2);
        string original = rig.StateFolder;
        string backup = folder["restored"];

        if (how == Made.ByCommandWhileItRuns)
        {
            StateBackup.Make(original, backup, TimeProvider.System);
        }
        else if (how == Made.ByHandWhileItRuns)
        {
            CopyRunning(original, backup);
        }

        await rig.Host.DieAsync();
        if (how == Made.ByHandAfterItStopped)
        {
            Copy(original, backup, static _ => true);
        }

        Directory.Delete(original, recursive: true);
        rig.StateFolder = backup;
        await rig.RestartAsync();
        RunDetail restored = await rig.FindAsync(run);
        mayWork.SetResult();
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal(RunState.Running, restored.Summary.State);
        Assert.Equal((RunStatus.Completed, 3), (outcome.Status, outcome.Rounds.Count(round => round.Figures is not null)));
        Assert.Equal((await rig.OutcomeAsync(await rig.SubmitAsync("undisturbed", rounds: 3))).ModelSha256, outcome.ModelSha256);
        Assert.False(Directory.Exists(original));
    }

    [Fact]
    public void A_folder_whose_runs_are_in_a_database_of_their_own_is_not_taken_for_all_of_the_state()
    {
        Directory.CreateDirectory(folder["state"]);
        File.WriteAllLines(
            Path.Combine(folder["state"], "coordinator.service"), [Guid.NewGuid().ToString(), "PostgreSQL database 'd' at db.example:5432"]);

        StateFolderException refused = Assert.Throws<StateFolderException>(
            () => StateBackup.Make(folder["state"], folder["copy"], TimeProvider.System));

        Assert.Contains(
            "keeps its runs in PostgreSQL database 'd' at db.example:5432, which its own tools back up", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["copy"]));
    }

    /// <summary>As the guide has it: bodies, the database by SQLite's backup, the bodies that came meanwhile.</summary>
    private static void CopyRunning(string from, string to)
    {
        static bool IsOther(string file) => !Path.GetFileName(file).StartsWith("coordinator.", StringComparison.Ordinal);
        Copy(from, to, IsOther);
        using (var source = new SqliteConnection($"Data Source={Path.Combine(from, "coordinator.db")};Pooling=False"))
        using (var target = new SqliteConnection($"Data Source={Path.Combine(to, "coordinator.db")};Pooling=False"))
        {
            source.Open();
            target.Open();
            source.BackupDatabase(target);
        }

        Copy(from, to, IsOther);
    }

    private static void Copy(string from, string to, Func<string, bool> wanted)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(wanted))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
