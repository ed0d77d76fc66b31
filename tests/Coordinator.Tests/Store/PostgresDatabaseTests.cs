using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>What a database of PostgreSQL holds, and what its server may refuse.</summary>
public sealed class PostgresDatabaseTests(PostgresFixture postgres) : PostgresTests(postgres)
{
    [Fact]
    public async Task Tables_and_columns_are_those_of_the_file()
    {
        using var folder = new TemporaryFolder();
        TestStore.Open(folder["state.db"], "run-1").Dispose();
        using var file = new SqliteConnection($"Data Source={folder["state.db"]};Pooling=False;Mode=ReadOnly");
        string[] expected =
        [
            .. file.Query<string>(
                "SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' "
                + "AND t.name NOT LIKE 'sqlite_%'"),
        ];
        PrivatePostgres server = await Postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        using var database = new PostgresDatabase(place);
        Lead(database, "first")!.Dispose();

        string columns = (string)(await server.AskAsync(
            """
            SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT IN ('schema_version', 'service_lease', 'service_address')
            """,
            place.Database))!;

        Assert.Equal(expected.Order(StringComparer.Ordinal), columns.Split(' ').Order(StringComparer.Ordinal));
        Assert.Equal(Migrations.All[^1].Number, Migrations.Postgres[^1].Number);
        object texts = (await server.AskAsync(
            """
            SELECT COUNT(*) FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name IN ('run', 'agent') AND collation_name IS DISTINCT FROM 'C' AND is_nullable = 'NO'
            """,
            place.Database))!;
        Assert.Equal(0L, texts);
    }

    [Fact]
    public async Task A_database_that_a_later_version_upgraded_is_left_alone()
    {
        PrivatePostgres server = await Postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        using var database = new PostgresDatabase(place);
        Lead(database, "first")!.Dispose();
        await server.DoAsync("UPDATE schema_version SET version = 99", place.Database);

        StateFolderException refused = Assert.Throws<StateFolderException>(() => Lead(database, "second"));

        Assert.Equal(
            $"{place} has schema version 99; this build reads versions up to {Migrations.Newest}: a replica of a later version has upgraded it. "
                + "Upgrade this one too.",
            refused.Message);
    }

    [Fact]
    public async Task A_database_is_known_again_and_another_is_not_taken_for_it()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore led = Lead(database, "first")!;
        using var again = new PostgresDatabase(place);
        using var other = new PostgresDatabase(await NewAsync());
        using ServiceStore elsewhere = Lead(other, "first")!;

        Assert.Equal(database.Identity, again.Identity);
        Assert.NotEqual(database.Identity, other.Identity);
        Assert.True(database.Size > 0);
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused_with_both_versions()
    {
        Assert.Equal("it is version 12.22; 13 or later is needed", PostgresDatabase.Unfit(new Version(12, 22), "UTF8"));
        Assert.Null(PostgresDatabase.Unfit(new Version(13, 0), "UTF8"));
    }

    [Fact]
    public async Task A_leader_tells_where_it_is_reached_until_another_leads()
    {
        PostgresOptions place = await NewAsync();
        using var first = new PostgresDatabase(place);
        using var second = new PostgresDatabase(place);
        using ServiceStore held = Lead(first, "first")!;
        Assert.Null(second.Leader()!.Address);
        var address = new ReplicaAddress(new Uri("https://one.example:8443/"), "sha256:00", "secret");

        first.Tell(address, held.Term);

        Assert.Equal(address, second.Leader()!.Address);
        using (IServiceLease lease = first.LeaseOf(held.Term, TimeProvider.System))
        {
            lease.Release();
        }

        using ServiceStore led = Lead(second, "second")!;
        first.Tell(address, held.Term);
        Assert.Null(first.Leader()!.Address);
        second.Tell(address with { Fingerprint = null }, led.Term);
        Assert.Equal(address with { Fingerprint = null }, first.Leader()!.Address);
    }

    /// <summary>One that was held up between looking who leads and writing.</summary>
    [Fact]
    public async Task An_address_of_an_earlier_term_does_not_take_the_place_of_a_later_one()
    {
        PostgresOptions place = await NewAsync();
        using var database = new PostgresDatabase(place);
        using ServiceStore held = Lead(database, "first")!;
        var address = new ReplicaAddress(new Uri("https://one.example:8443/"), "sha256:00", "secret");
        database.Tell(address, held.Term);
        PrivatePostgres server = await Postgres.ServerAsync();
        await server.DoAsync("UPDATE service_address SET term = 99, url = 'https://two.example/'", place.Database);

        database.Tell(address, held.Term);

        Assert.Equal("https://two.example/", await server.AskAsync("SELECT url FROM service_address WHERE term = 99", place.Database));
    }

    [Fact]
    public async Task What_the_server_refuses_is_said_with_what_mends_it()
    {
        PrivatePostgres server = await Postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        string name = place.Database;
        await server.DoAsync($"CREATE ROLE guest_of_{name} LOGIN PASSWORD '{PrivatePostgres.Password}'");
        PostgresOptions taken = await server.NewDatabaseAsync();
        await server.DoAsync("CREATE TABLE runs(x INT)", taken.Database);
        PostgresOptions latin = await server.NewDatabaseAsync("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'");

        Refused(
            server.OptionsOf(name, password: "wrong"),
            "it refuses the password of user 'edgeflora'; correct it in the file that store.passwordFile or EDGEFLORA_STORE_PASSWORD_FILE names.");
        Refused(server.OptionsOf("absent"), "there is no such database; make it: createdb --owner=edgeflora absent.");
        Refused(
            server.OptionsOf(name, $"guest_of_{name}"),
            $"user 'guest_of_{name}' lacks a right (permission denied for schema public); make it the owner: "
                + $"ALTER DATABASE {name} OWNER TO guest_of_{name}.");
        Refused(taken, "it holds tables of something else (relation \"runs\" already exists); give EdgeFlora a database of its own.");
        Refused(latin, "it keeps texts as LATIN1; make one with --encoding=UTF8 --template=template0.");
        Refused(
            PostgresOptions.Read("postgres://u:p@127.0.0.1:1/d", "--store"),
            "it cannot be reached (Connection refused); see that it runs, and that --store names it.");
        Refused(
            PostgresOptions.Read($"postgres://u@127.0.0.1:{place.Port}/d", "--store"),
            "it asks for the password of 'u'; name a file with store.passwordFile or EDGEFLORA_STORE_PASSWORD_FILE.");
    }

    private static void Refused(PostgresOptions place, string why)
    {
        using var database = new PostgresDatabase(place);
        StoreUnavailableException refused = Assert.Throws<StoreUnavailableException>(() => Lead(database, "first"));
        Assert.StartsWith($"{place}: {why}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PrivatePostgres.Password, refused.Message, StringComparison.Ordinal);
    }
}
