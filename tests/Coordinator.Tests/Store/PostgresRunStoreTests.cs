using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Store;

public sealed class PostgresRunStoreTests(PostgresFixture postgres) : RunStoreTests, IAsyncLifetime
{
    private IStoreDatabase? database;

    private protected override IStoreDatabase Database => database!;

    public async ValueTask InitializeAsync() => database = new PostgresDatabase(await (await postgres.ServerAsync()).NewDatabaseAsync());

    public ValueTask DisposeAsync()
    {
        database?.Dispose();
        return ValueTask.CompletedTask;
    }
}
