using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Store;

public sealed class SqliteRunStoreTests : RunStoreTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder["state.db"];

    private protected override IStoreDatabase Database => field ??= new SqliteDatabase(File);

    [Fact]
    public void A_file_of_another_schema_is_refused_and_left_alone()
    {
        using (var connection = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            Open().Dispose();
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        StateFolderException refused = Assert.Throws<StateFolderException>(() => Open());

        Assert.Contains($"schema version 99; this build reads versions 1 to {Migrations.Newest}.", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>As if the one before had been killed between the deletion and its check of the log.</summary>
    [Fact]
    public void A_successor_empties_the_log_in_which_deleted_noise_still_stands()
    {
        byte[] key = [.. "this is the secret of one round.".Select(c => (byte)c)];
        using RunStore killed = Open();
        Write(killed, transaction => transaction.Models.AddNoise(4, [.. key]));
        Write(killed, transaction => transaction.Models.ForgetNoise(4));
        Assert.Throws<Xunit.Sdk.AllException>(() => AssertGone(key));

        using RunStore second = Open();

        AssertGone(key);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        System.IO.File.WriteAllText(File, new string('x', 4096));

        Assert.Throws<StateFolderException>(() => Open());
    }

    [Fact]
    public void A_state_folder_has_one_live_holder()
    {
        using (StateLock.Take(folder["lock"]))
        {
            Assert.Throws<StateFolderException>(() => StateLock.Take(folder["lock"]));
        }

        StateLock.Take(folder["lock"]).Dispose();
    }

    public void Dispose() => folder.Dispose();

    private protected override void AssertGone(byte[] key) => Assert.All(
        Directory.GetFiles(folder.Path, "state.db*"),
        file =>
        {
            // The store that is open lets others read and write.
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            Assert.Equal(-1, content.AsSpan().IndexOf(key));
        });
}
