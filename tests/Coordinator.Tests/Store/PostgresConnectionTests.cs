using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>Connections that break, and a server that is started again.</summary>
public sealed class PostgresConnectionTests(PostgresFixture postgres) : PostgresTests(postgres)
{
    [Fact]
    public async Task A_server_that_is_started_again_is_waited_for_by_who_writes()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync(Stop);
        using var database = new PostgresDatabase(await server.NewDatabaseAsync());
        var away = new TaskCompletionSource();
        var access = new StoreAccess { OnLocked = _ => away.TrySetResult(), Stop = Stop };
        using ServiceStore store = PatientLead.TryLead(database, "first", access)!;
        store.SaveAgent("a", "before", history: null);
        await server.StopAsync(Stop);

        Task writing = Task.Run(() => store.SaveAgent("b", "meanwhile", history: null), Stop);
        await away.Task.WaitAsync(Stop);
        Assert.False(writing.IsCompleted);
        await server.StartAsync(Stop);
        await writing;

        Assert.Equal([("a", "before"), ("b", "meanwhile")], store.Fleet());
    }

    [Fact]
    public async Task A_reader_whose_connection_the_server_ended_reads_over_another()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore store = Lead(database, "first")!;
        store.SaveAgent("a", "body", history: null);
        await EndConnectionsAsync(place);

        Assert.Equal([("a", "body")], store.Fleet());
    }

    [Fact]
    public async Task A_transaction_whose_connection_breaks_is_stored_or_not_and_its_writer_knows()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore store = Lead(database, "first")!;
        using var connection = (PostgresStoreConnection)database.Open(new StoreAccess { Stop = Stop });

        using (StoreWrite lost = connection.BeginWriting())
        {
            connection.Connection.Execute("INSERT INTO fleet(agent, body) VALUES('lost', '')", transaction: lost.Transaction);
            await EndConnectionsAsync(place);
            Assert.ThrowsAny<System.Data.Common.DbException>(lost.Commit);
        }

        Assert.Empty(store.Fleet());
        string id;
        int process;
        using (StoreWrite stored = connection.BeginWriting())
        {
            process = connection.Connection.ExecuteScalar<int>("SELECT pg_backend_pid()", transaction: stored.Transaction);
            id = connection.Connection.ExecuteScalar<string>("SELECT pg_current_xact_id()::text", transaction: stored.Transaction)!;
            connection.Connection.Execute("INSERT INTO fleet(agent, body) VALUES('stored', '')", transaction: stored.Transaction);
            stored.Commit();
        }

        Assert.True(connection.IsCommitted(id, process));
        using var second = (PostgresStoreConnection)database.Open(new StoreAccess { Stop = Stop });
        using StoreWrite open = second.BeginWriting();
        process = second.Connection.ExecuteScalar<int>("SELECT pg_backend_pid()", transaction: open.Transaction);
        id = second.Connection.ExecuteScalar<string>("SELECT pg_current_xact_id()::text", transaction: open.Transaction)!;

        // The server has not heard of a commit, and is not to hear of it later.
        Assert.False(connection.IsCommitted(id, process));
    }

    [Fact]
    public async Task Who_writes_is_alone_until_the_transaction_ends()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore store = Lead(database, "first")!;
        var waits = new TaskCompletionSource();
        using StoreConnection one = database.Open(new StoreAccess());
        using StoreConnection other = database.Open(new StoreAccess { OnLocked = _ => waits.TrySetResult(), Stop = Stop });
        Task<StoreWrite> second;
        using (StoreWrite first = one.BeginWriting())
        {
            second = Task.Run(other.BeginWriting, Stop);
            await waits.Task.WaitAsync(Stop);
            first.Commit();
        }

        (await second).Dispose();
    }
}
