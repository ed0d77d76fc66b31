using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Store;

public sealed class PostgresServiceStoreTests(PostgresFixture postgres) : ServiceStoreTests, IAsyncLifetime
{
    private IStoreDatabase? database;

    private protected override IStoreDatabase Database => database!;

    public async ValueTask InitializeAsync() => database = new PostgresDatabase(await (await postgres.ServerAsync()).NewDatabaseAsync());

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        database?.Dispose();
    }
}
