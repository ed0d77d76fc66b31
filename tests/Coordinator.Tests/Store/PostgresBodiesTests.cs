using System.Security.Cryptography;
using Dapper;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>Bodies and other files in the database that replicas share.</summary>
public sealed class PostgresBodiesTests(PostgresFixture postgres) : IDisposable
{
    private static readonly Guid Run = Guid.NewGuid();

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_body_of_several_rows_comes_back_as_it_was_and_goes_with_its_rows()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore led = Lead(database);
        IBodyArchive bodies = database.BodiesOf(Run, led.Term, TimeProvider.System)!;
        (BlobClaim claim, byte[] content) = Body(3_000_001);

        bodies.Put(claim, folder["body"]);
        bodies.Put(claim, folder["body"]);

        IBodyArchive again = database.BodiesOf(Run, led.Term, TimeProvider.System)!;
        Assert.Equal(claim, again.Find(claim.Sha256));
        Assert.Equal([claim.Sha256], again.Held());
        using var read = new MemoryStream();
        again.Read(claim.Sha256, read);
        Assert.Equal(content, read.ToArray());
        Assert.Null(database.BodiesOf(Guid.NewGuid(), led.Term, TimeProvider.System)!.Find(claim.Sha256));
        again.Remove(claim.Sha256);
        again.Remove(claim.Sha256);
        Assert.Null(again.Find(claim.Sha256));
        Assert.Equal(0L, await (await postgres.ServerAsync()).AskAsync("SELECT COUNT(*) FROM body_parts", place.Database));
    }

    [Fact]
    public async Task Who_leads_no_more_puts_and_removes_nothing()
    {
        PostgresOptions place = await NewAsync();
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore held = Lead(first);
        IBodyArchive bodies = first.BodiesOf(Run, held.Term, TimeProvider.System)!;
        (BlobClaim kept, _) = Body(10);
        bodies.Put(kept, folder["body"]);
        using (IServiceLease lease = first.LeaseOf(held.Term, TimeProvider.System))
        {
            lease.Release();
        }

        using ServiceStore led = Lead(second);
        (BlobClaim late, _) = Body(20);

        Assert.Throws<TermLostException>(() => bodies.Put(late, folder["body"]));
        bodies.Remove(kept.Sha256);

        Assert.Equal([kept.Sha256], second.BodiesOf(Run, led.Term, TimeProvider.System)!.Held());
    }

    /// <summary>The body is on its way while another takes over.</summary>
    [Fact]
    public async Task Who_is_deposed_while_it_puts_keeps_nothing()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore led = Lead(database);
        IBodyArchive bodies = database.BodiesOf(Run, led.Term, TimeProvider.System)!;
        Assert.Empty(bodies.Held());
        (BlobClaim claim, _) = Body(10);
        await using var other = new NpgsqlConnection(PostgresDatabase.Place(place, "another").ConnectionString);
        await other.OpenAsync(Stop);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Stop);
        await other.ExecuteAsync("LOCK TABLE body_parts IN SHARE MODE");
        Task putting = Task.Run(() => bodies.Put(claim, folder["body"]), Stop);
        await LimitedWait.UntilAsync(
            async () => await other.ExecuteScalarAsync<bool>(
                "SELECT EXISTS(SELECT FROM pg_locks WHERE relation = 'body_parts'::regclass AND NOT granted)"),
            state: null,
            "the body is on its way");

        await other.ExecuteAsync("UPDATE service_lease SET term = term + 1");
        await transaction.CommitAsync(Stop);

        await Assert.ThrowsAsync<TermLostException>(() => putting).InTimeAsync();
        Assert.Empty(database.BodiesOf(Run, led.Term, TimeProvider.System)!.Held());
    }

    [Fact]
    public async Task A_database_that_refuses_is_no_fault_of_a_body()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore led = Lead(database);
        IBodyArchive bodies = database.BodiesOf(Run, led.Term, TimeProvider.System)!;
        Assert.Empty(bodies.Held());
        await (await postgres.ServerAsync()).DoAsync("ALTER TABLE body_parts ADD CHECK(length(content) < 100)", place.Database);
        (BlobClaim claim, _) = Body(200);

        ArchiveAwayException refused = Assert.Throws<ArchiveAwayException>(() => bodies.Put(claim, folder["body"]));

        Assert.StartsWith($"a body could not be kept in {place}: ", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
        Assert.Null(bodies.Find(claim.Sha256));
        Assert.Empty(database.BodiesOf(Run, led.Term, TimeProvider.System)!.Held());
    }

    [Fact]
    public async Task Files_in_common_are_those_of_the_first_and_change_by_the_hand_of_the_leader()
    {
        PostgresOptions place = await NewAsync();
        using var one = new PostgresFiles(place, TimeProvider.System);
        using var two = new PostgresFiles(place, TimeProvider.System);
        Assert.Null(one.Read("key"));
        IReadOnlyDictionary<string, byte[]> agreed = one.Agree(new Dictionary<string, byte[]> { ["key"] = [1], ["certificate"] = [2] });
        IReadOnlyDictionary<string, byte[]> later = two.Agree(new Dictionary<string, byte[]> { ["key"] = [3], ["certificate"] = [4] });

        Assert.Equal(agreed, later);
        using var database = new PostgresDatabase(place);
        using ServiceStore led = Lead(database);
        Assert.Throws<TermLostException>(() => two.Write("tokens", [5]));
        two.Lead(led.Term);
        two.Write("tokens", [6]);
        two.Write("tokens", [7]);
        Assert.Equal([7], one.Read("tokens")!);
    }

    private (BlobClaim Claim, byte[] Content) Body(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        File.WriteAllBytes(folder["body"], content);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        return (new BlobClaim { Sha256 = sha256, Size = length, ChunkSize = 1000, Codec = "int8" }, content);
    }

    private static ServiceStore Lead(PostgresDatabase database)
    {
        ServiceStore led = PatientLead.TryLead(database, "first", new StoreAccess { Stop = Stop })!;
        database.PrepareBodies();
        return led;
    }

    private async Task<PostgresOptions> NewAsync() => (await (await postgres.ServerAsync()).NewDatabaseAsync()).With(keepsBodies: true);
}
