using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>The lease by which one of several replicas leads.</summary>
public sealed class PostgresLeaseTests(PostgresFixture postgres) : PostgresTests(postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task One_replica_leads_and_the_others_know_which()
    {
        PostgresOptions place = await NewAsync();
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore led = Lead(first, "first")!;

        Assert.Null(Lead(second, "second"));
        Assert.Equal(new StoreLeader("first", led.Term, led.Id), second.Leader());
    }

    [Fact]
    public async Task Of_replicas_that_begin_on_an_empty_database_at_the_same_moment_one_leads()
    {
        PostgresOptions place = await NewAsync();
        PostgresDatabase[] databases = [.. Enumerable.Range(0, 4).Select(_ => new PostgresDatabase(place))];

        ServiceStore?[] stores = await Task.WhenAll(databases.Select((database, i) => Task.Run(() => Lead(database, $"{i}"), Stop)));

        Assert.Equal(1, Assert.Single(stores, store => store is not null)!.Term);
        Array.ForEach(stores, store => store?.Dispose());
        Array.ForEach(databases, database => database.Dispose());
    }

    [Fact]
    public async Task A_lease_that_lapsed_is_taken_when_it_is_seen_so_again_and_what_its_holder_had_begun_is_taken_back()
    {
        PostgresOptions place = await NewAsync();
        var time = new FakeTimeProvider();
        var access = new StoreAccess { Time = time, Stop = Stop };
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore held = Lead(first, "first")!;
        held.AddRun(new StoredRun("r", "test", "{}", "Running", Detail: null, "{}"), command: null);
        using RunStore run = RunStore.Open(first, "r", held.Term, "first", new StoreAccess());

        // It stands still in the middle of an effect, and holds the lock of writers.
        using StoreTransaction begun = run.Begin(1);
        begun.SetEnding("of the first");
        await LapseAsync(place);
        Assert.Null(PatientLead.TryLead(second, "second", access));
        time.Advance(Patience);
        using ServiceStore led = PatientLead.TryLead(second, "second", access)!;

        Assert.Equal((held.Id, held.Term + 1), (led.Id, led.Term));
        Assert.ThrowsAny<System.Data.Common.DbException>(begun.Commit);
        Assert.Throws<TermLostException>(() => held.SaveEntry("r", "late", command: null));
        Assert.Null(led.Read("r", reader => reader.Ending()));
    }

    /// <summary>After an outage of the database all leases have lapsed: whoever led has time to lead on.</summary>
    [Fact]
    public async Task A_lease_that_is_renewed_in_between_is_not_taken()
    {
        PostgresOptions place = await NewAsync();
        var time = new FakeTimeProvider();
        var access = new StoreAccess { Time = time };
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore held = Lead(first, "first")!;
        await LapseAsync(place);
        Assert.Null(PatientLead.TryLead(second, "second", access));
        time.Advance(Patience);

        using IServiceLease lease = first.LeaseOf(held.Term, time);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task keeping = lease.KeepAsync(enough.Token);
        await LimitedWait.UntilAsync(() => second.Leader() is not null);

        Assert.Null(PatientLead.TryLead(second, "second", access));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_holder_whose_connections_are_gone_is_succeeded_before_its_lease_lapses()
    {
        PostgresOptions place = await NewAsync();
        var time = new FakeTimeProvider();
        var access = new StoreAccess { Time = time };
        using var second = new PostgresDatabase(place);
        using (var killed = new PostgresDatabase(place))
        {
            Lead(killed, "killed")!.Dispose();
        }

        await EndConnectionsAsync(place);
        await LimitedWait.UntilAsync(() => second.Leader() is null);
        Assert.Null(PatientLead.TryLead(second, "second", access));
        time.Advance(Patience);
        Assert.Null(PatientLead.TryLead(second, "second", access));
        time.Advance(Patience);

        using ServiceStore? led = PatientLead.TryLead(second, "second", access);

        Assert.Equal(2, led?.Term);
    }

    [Fact]
    public async Task A_holder_whose_lease_was_taken_hears_of_it_at_its_next_renewal()
    {
        PostgresOptions place = await NewAsync();
        var time = new FakeTimeProvider();
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore held = Lead(first, "first")!;
        using IServiceLease lease = first.LeaseOf(held.Term, time);
        lease.Release();
        using ServiceStore led = Lead(second, "second")!;

        TermLostException lost = await Assert.ThrowsAsync<TermLostException>(() => lease.KeepAsync(Stop));

        Assert.Equal("Another replica has taken over from this one (term 1); this one stands by.", lost.Message);
        lease.Release();
        Assert.Equal("second", second.Leader()!.Holder);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_renewed_lapses_by_the_holders_own_clock()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync(Stop);
        PostgresOptions place = await server.NewDatabaseAsync();
        var time = new FakeTimeProvider();
        using var database = new PostgresDatabase(place);
        using ServiceStore held = Lead(database, "first")!;
        using IServiceLease lease = database.LeaseOf(held.Term, time);
        Assert.True(lease.IsHeld);
        await server.StopAsync(Stop);
        time.Advance(place.Lease);
        Assert.False(lease.IsHeld);

        TermLostException lost = await Assert.ThrowsAsync<TermLostException>(() => lease.KeepAsync(Stop));

        Assert.StartsWith("The lease was not renewed for 5 s (", lost.Message, StringComparison.Ordinal);
        Assert.EndsWith("; this one stands by.", lost.Message, StringComparison.Ordinal);
    }

    private async Task LapseAsync(PostgresOptions place) => await (await Postgres.ServerAsync()).DoAsync(
        "UPDATE service_lease SET expires_at = clock_timestamp() - INTERVAL '1 second'", place.Database);
}
