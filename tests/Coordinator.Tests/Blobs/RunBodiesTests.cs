using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Blobs;

/// <summary>Copies of bodies are bounded: they are there while a run works, and a while after somebody asked for them.</summary>
public sealed class RunBodiesTests(PostgresFixture postgres) : IDisposable
{
    private static readonly byte[] Body = [1, 2, 3];

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Copies_of_runs_that_nobody_works_at_go_and_come_back()
    {
        PostgresOptions place = (await (await postgres.ServerAsync()).NewDatabaseAsync()).With(keepsBodies: true);
        using var database = new PostgresDatabase(place);
        using ServiceStore led = PatientLead.TryLead(database, "first", new StoreAccess())!;
        database.PrepareBodies();
        RunBodies bodies = Bodies(database, led.Term);
        (Guid idle, Guid busy) = (Guid.NewGuid(), Guid.NewGuid());
        BlobClaim claim = bodies.Open(idle).Put(Body, "int8");
        bodies.Open(busy).Put(Body, "int8");

        bodies.DropIdle(run => run == busy);
        Assert.True(HasCopies(idle));
        time.Advance(TimeSpan.FromHours(1));
        bodies.DropIdle(run => run == busy);

        Assert.Equal((false, true), (HasCopies(idle), HasCopies(busy)));
        Assert.True(bodies.Has(idle));
        Assert.Equal(Body, bodies.Open(idle).ReadAll(claim.Sha256));
        bodies.Delete(idle);
        Assert.False(bodies.Has(idle));
    }

    [Fact]
    public async Task Bodies_of_runs_that_nobody_knows_go_and_others_stay()
    {
        PostgresOptions place = (await (await postgres.ServerAsync()).NewDatabaseAsync()).With(keepsBodies: true);
        using var database = new PostgresDatabase(place);
        using ServiceStore led = PatientLead.TryLead(database, "first", new StoreAccess())!;
        database.PrepareBodies();
        RunBodies bodies = Bodies(database, led.Term);
        (Guid known, Guid deleted) = (Guid.NewGuid(), Guid.NewGuid());
        bodies.Open(known).Put(Body, "int8");
        bodies.Open(deleted).Put(Body, "int8");
        bodies.Open(deleted).Put(new byte[] { 4, 5 }, "int8");

        bodies.DeleteUnknown(run => run == known);

        Assert.Equal((true, false), (bodies.Has(known), bodies.Has(deleted)));
        Assert.Equal((true, false), (HasCopies(known), HasCopies(deleted)));
        Assert.Equal([known], database.RunsWithBodies(time));
    }

    [Fact]
    public void Bodies_of_a_folder_stay()
    {
        using var database = new SqliteDatabase(folder["state.db"]);
        RunBodies bodies = Bodies(database, term: 1);
        var run = Guid.NewGuid();
        bodies.Open(run).Put(Body, "int8");

        time.Advance(TimeSpan.FromDays(1));
        bodies.DropIdle(_ => false);
        bodies.DeleteUnknown(_ => false);

        Assert.True(HasCopies(run));
    }

    private RunBodies Bodies(IStoreDatabase database, long term)
    {
        var state = new StoreOptions { StateFolder = folder["state"] };
        Directory.CreateDirectory(state.BlobFolder);
        return new RunBodies(state, database, term, time, NullLogger.Instance);
    }

    private bool HasCopies(Guid run) => Directory.Exists(new StoreOptions { StateFolder = folder["state"] }.BodiesOf(run));
}
