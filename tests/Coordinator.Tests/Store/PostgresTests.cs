using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>Databases of a PostgreSQL server that the tests share.</summary>
public abstract class PostgresTests(PostgresFixture postgres)
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected PostgresFixture Postgres => postgres;

    private protected static ServiceStore? Lead(PostgresDatabase database, string holder) =>
        PatientLead.TryLead(database, holder, new StoreAccess { Stop = Stop });

    private protected async Task<PostgresOptions> NewAsync() => await (await postgres.ServerAsync()).NewDatabaseAsync();

    private protected async Task EndConnectionsAsync(PostgresOptions place) => await (await postgres.ServerAsync()).DoAsync(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{place.Database}' AND pid <> pg_backend_pid()");
}
