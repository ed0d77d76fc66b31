using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Diagnosis;

/// <summary>What is seen of a database that a service works on; what <c>edgeflora doctor</c> makes of it is tested with the command.</summary>
public sealed class StoreDiagnosisTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_leader_is_seen_and_not_disturbed()
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        var diagnosis = new StoreDiagnosis(place, TimeProvider.System);
        Assert.Null(await diagnosis.LeaseAsync(Stop));

        using var database = new PostgresDatabase(place);
        using ServiceStore led = PatientLead.TryLead(database, "far, process 7", new StoreAccess { Stop = Stop })!;

        Assert.Equal(new StoreLeaseState("far, process 7", led.Term, IsHeld: true), await diagnosis.LeaseAsync(Stop));
        Assert.True(await diagnosis.RoundTripAsync(Stop) > TimeSpan.Zero);
        Assert.Empty(await diagnosis.MissingRightsAsync(Stop));
    }

    [Fact]
    public async Task A_lease_that_was_let_go_of_is_held_by_nobody()
    {
        PrivatePostgres server = await postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        using (var database = new PostgresDatabase(place))
        {
            using ServiceStore led = PatientLead.TryLead(database, "far, process 7", new StoreAccess { Stop = Stop })!;
            database.LeaseOf(led.Term, TimeProvider.System).Release();
        }

        Assert.Equal(
            new StoreLeaseState("far, process 7", 1, IsHeld: false), await new StoreDiagnosis(place, TimeProvider.System).LeaseAsync(Stop));
    }

    [Fact]
    public async Task A_server_tells_what_it_is()
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();

        StoreServer server = await new StoreDiagnosis(place, TimeProvider.System).LogInAsync(Stop);

        Assert.Equal(("UTF8", false, false, false), (server.Encoding, server.IsReadOnly, server.IsShared, server.IsTooOld));
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_no_outage()
    {
        PrivatePostgres server = await postgres.ServerAsync();

        StoreUnavailableException refused = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => new StoreDiagnosis(server.OptionsOf("none"), TimeProvider.System).LogInAsync(Stop));

        Assert.False(StoreDiagnosis.IsOutage(refused));
        Assert.Contains("createdb --owner=edgeflora none", refused.Message, StringComparison.Ordinal);
    }
}
