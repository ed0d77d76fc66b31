using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Buses;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Store;

public sealed class MigrationTests : IDisposable
{
    private static readonly Guid DemoRun = new("447f4e54-84d5-58a9-b0d7-3c0e21606d61");

    private readonly TemporaryFolder folder = new();

    private string File => folder["coordinator.db"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The database that a demo of the build with version 5 left, with one of its rounds.</summary>
    private static string Demo => System.IO.File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "Coordinator.Tests", "Store", "Databases", "demo-run.v5.sql"));

    public static IEnumerable<TheoryDataRow<int>> EarlierVersions =>
        Enumerable.Range(1, Migrations.Newest - 1).Select(version => new TheoryDataRow<int>(version));

    [Theory]
    [MemberData(nameof(EarlierVersions))]
    public void A_database_of_an_earlier_version_keeps_what_it_holds_and_becomes_what_a_new_one_is(int version)
    {
        Execute(string.Concat(Migrations.All.Take(version).Select(migration => migration.Sql)) + $$$"""
            INSERT INTO runs(run, name, config, state, last_sequence) VALUES('run-1', 'test', '{"Rounds":{"Count":3}}', 'Running', 4);
            INSERT INTO models(run, round, sha256, size, chunk_size, codec) VALUES('run-1', 1, '{{{new string('0', 64)}}}', 1, 1, 'fp16');
            INSERT INTO results(run, round, agent, sha256, size, codec, examples, norm_products, norm_saved, metrics) VALUES('run-1', 1, 'a', '{{{new string('1', 64)}}}', 10, 'int8', 5, 1, 2, '{}');
            PRAGMA user_version = {{{version}}};
            """);

        using (RunStore upgraded = TestStore.Open(File, "run-1"))
        {
            Assert.Equal(new string('0', 64), Assert.Single(upgraded.Read().Models()).Claim.Sha256);
            StoredResult kept = Assert.Single(upgraded.Read().Results(1));
            Assert.Equal(("a", 5, (int?)null), (kept.Agent, kept.Examples, kept.CountsIn));
            Assert.Null(kept.ClassCounts);
            Assert.Equal(0, upgraded.Read().NoisySums());
        }

        string fresh = folder["fresh.db"];
        TestStore.Open(fresh, "run-1").Dispose();
        Assert.Equal(Columns(fresh), Columns(File));
        Assert.Equal(Migrations.Newest, Version(File));
        Assert.Equal(version, Version(StateDatabase.BackupOf(File, version)));
    }

    [Fact]
    public async Task A_stored_demo_of_version_5_is_served_with_its_rounds_and_events_and_kept_as_it_was()
    {
        Execute(Demo);

        await using Service service = await Service.StartAsync(folder.Path);
        RunDetail run = await service.Host.Runs.FindAsync(DemoRun, Stop);
        List<EventEnvelope> events = await service.Host.Runs.EventsAsync(new EventFilter { RunId = DemoRun }, Stop).ToListAsync(Stop);

        Assert.Equal((RunState.Completed, 1), (run.Summary.State, run.Summary.RoundsCommitted));
        Assert.Equal(6, Assert.Single(run.Rounds, round => round.Round == 1).Figures!.Accepted.Count);
        Assert.Equal(34, events.Count);
        Assert.Equal(
            (RunEventKind.CoordinatorStarted, RunEventKind.RunCompleted),
            (events[0].Event.Kind, events.Last(each => each.Event.Kind == RunEventKind.RunCompleted).Event.Kind));
        string backup = StateDatabase.BackupOf(File, 5);
        Assert.Equal(5, Version(backup));
        Assert.True(OperatingSystem.IsWindows() || System.IO.File.GetUnixFileMode(backup) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_run_that_an_earlier_build_did_not_end_is_refused_with_what_ends_it()
    {
        Execute(Demo + "UPDATE runs SET state = 'Running';");

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(() => Service.StartAsync(folder.Path));

        Assert.Contains(
            "which an earlier version of EdgeFlora began and did not end. Let 'edgeflora coordinator' with the run's settings end it",
            refused.Message,
            StringComparison.Ordinal);
    }

    /// <summary>Somebody put the copy back, went on with the earlier build, and upgraded again.</summary>
    [Fact]
    public void The_copy_is_of_what_was_upgraded_last()
    {
        Execute(Demo);
        StateDatabase.Open(File, new StoreAccess().LockOf).Dispose();
        System.IO.File.Move(StateDatabase.BackupOf(File, 5), File, overwrite: true);
        Execute("UPDATE runs SET name = 'later'");
        System.IO.File.WriteAllText(StateDatabase.BackupOf(File, 5), "of before");

        StateDatabase.Open(File, new StoreAccess().LockOf).Dispose();

        Assert.Equal("later", Scalar(StateDatabase.BackupOf(File, 5), "SELECT name FROM runs"));
    }

    [Fact]
    public void A_step_that_fails_leaves_the_database_as_it_was()
    {
        Execute(Demo + "CREATE TABLE fleet(agent TEXT);");

        Assert.Throws<StateFolderException>(() => StateDatabase.Open(File, new StoreAccess().LockOf));

        Assert.Equal(5, Version(File));
        Assert.DoesNotContain(Columns(File), column => column.StartsWith("results.norm_factors ", StringComparison.Ordinal));
    }

    public void Dispose() => folder.Dispose();

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Version(string file) => (long)Scalar(file, "PRAGMA user_version")!;

    private static object? Scalar(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>All columns with their types, and all indices.</summary>
    private static List<string> Columns(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || COALESCE(c.dflt_value, '-') || ' ' || c.pk
            FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
            UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' ORDER BY 1
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> columns = [];
        while (reader.Read())
        {
            columns.Add(reader.GetString(0));
        }

        return columns;
    }

    /// <summary>A service on a state folder and a bus of its own.</summary>
    private sealed class Service(MessageBus bus, CoordinatorHost host, CancellationTokenSource stopping, Task serving) : IAsyncDisposable
    {
        public CoordinatorHost Host => host;

        public static async Task<Service> StartAsync(string folder)
        {
            MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, Stop);
            var host = new CoordinatorHost(bus, new CoordinatorHostOptions { StateFolder = folder }, TimeProvider.System, NullLoggerFactory.Instance);
            var stopping = new CancellationTokenSource();
            var service = new Service(bus, host, stopping, host.RunAsync(stopping.Token));
            try
            {
                await host.Started;
                return service;
            }
            catch
            {
                await service.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await serving.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await bus.StopAsync();
            stopping.Dispose();
        }
    }
}
