using System.Globalization;
using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor;
using EdgeFlora.Cli.Doctor.Store;
using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary><c>edgeflora doctor --coordinator</c> with PostgreSQL as it should be, and in each way as it should not.</summary>
public sealed class StoreDoctorTests(PostgresFixture postgres) : IDisposable
{
    private static readonly string[] Checks = ["store.tcp", "store.login", "store.version", "store.rights", "store.trip", "store.lease"];

    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-doctor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_database_that_a_service_can_work_on_passes_and_nothing_stays_in_it()
    {
        PrivatePostgres server = await postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(place);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(["settings", "versions", "disk.state", "disk.modes", .. Checks], checks.Keys);
        Assert.All(Checks, name => Assert.Equal("Ok", Outcome(checks[name])));
        Assert.Matches("^PostgreSQL 1[3-9]\\.", Found(checks["store.version"]));
        Assert.Equal("none has ever led on this database: the first that starts will", Found(checks["store.lease"]));
        Assert.Equal(0L, await server.AskAsync("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", place.Database));
    }

    [Fact]
    public async Task A_server_that_is_not_there_exits_with_4_and_the_rest_is_not_tried()
    {
        (int code, Dictionary<string, JsonElement> checks) =
            await LookAsync(PostgresOptions.Read("postgres://edgeflora@127.0.0.1:9/none", "store.url"));

        Assert.Equal(ExitCode.Unreachable, code);
        Assert.StartsWith("nothing answers at 127.0.0.1:9: ", Found(checks["store.tcp"]), StringComparison.Ordinal);
        Assert.Contains("pg_isready --host=127.0.0.1 --port=9", Mend(checks["store.tcp"]), StringComparison.Ordinal);
        Assert.All(Checks[1..], name => Assert.Equal("NotTried", Outcome(checks[name])));
    }

    [Fact]
    public async Task A_wrong_password_is_told_with_the_file_that_holds_it()
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(place, password: "not the one");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.EndsWith("it refuses the password of user 'edgeflora'", Found(checks["store.login"]), StringComparison.Ordinal);
        Assert.StartsWith("correct it in the file that store.passwordFile", Mend(checks["store.login"]), StringComparison.Ordinal);
        Assert.Equal(("NotTried", "store.login failed"), (Outcome(checks["store.version"]), Found(checks["store.version"])));
    }

    /// <summary>What it says is what helps: typed in, the next look finds nothing.</summary>
    [Fact]
    public async Task Rights_that_are_missing_are_told_with_what_grants_them()
    {
        PrivatePostgres server = await postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        await server.DoAsync($"ALTER DATABASE {place.Database} OWNER TO administrator");
        await server.DoAsync(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE TABLE runs(id INT); REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
            place.Database);

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(place);
        string mend = Mend(checks["store.rights"]);
        string prefix = $"an administrator of the database types into psql {place.Database}: ";

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Equal(
            "user edgeflora may not make tables in schema public, nor change the tables that belong to administrator, nor call pg_control_system()",
            Found(checks["store.rights"]));
        Assert.Equal("NotTried", Outcome(checks["store.trip"]));
        Assert.StartsWith(prefix, mend, StringComparison.Ordinal);
        await server.DoAsync(mend[prefix.Length..], place.Database);
        (code, checks) = await LookAsync(place);
        Assert.Equal((ExitCode.Done, "it may"), (code, Found(checks["store.rights"])));
    }

    [Fact]
    public async Task A_database_that_takes_no_writes_is_told()
    {
        PrivatePostgres server = await postgres.ServerAsync();
        PostgresOptions place = await server.NewDatabaseAsync();
        await server.DoAsync($"ALTER DATABASE {place.Database} SET default_transaction_read_only = on");

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(place);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("takes no writes", Found(checks["store.version"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused_with_both_versions()
    {
        Finding found = StoreVersionCheck.Find(new StoreServer(new Version(12, 22), "UTF8", IsReadOnly: false, IsShared: false), "edgeflora");

        Assert.Equal((CheckOutcome.Failed, "it is PostgreSQL 12.22; 13 or later is needed"), (found.Outcome, found.Text));
        Assert.Equal("upgrade the server to PostgreSQL 13 or later, or name another one in store.url", found.Mend);
    }

    [Theory]
    [InlineData("SQL_ASCII", false, "database edgeflora keeps texts as SQL_ASCII; UTF8 is needed")]
    [InlineData("UTF8", true, "something in front of PostgreSQL 17.6 gives its connections to several clients, which breaks the lease")]
    public void What_else_a_server_may_be_is_told_with_what_mends_it(string encoding, bool shared, string text)
    {
        Finding found = StoreVersionCheck.Find(new StoreServer(new Version(17, 6), encoding, IsReadOnly: false, shared), "edgeflora");

        Assert.Equal((CheckOutcome.Failed, text), (found.Outcome, found.Text));
        Assert.NotNull(found.Mend);
    }

    [Theory]
    [InlineData(1249, "Ok")]
    [InlineData(1250, "Warning")]
    public void A_database_that_answers_too_slowly_for_the_lease_is_warned_of(int milliseconds, string outcome) =>
        Assert.Equal(outcome, StoreTripCheck.Find(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(5)).Outcome.ToString());

    [Fact]
    public void A_service_that_nobody_leads_is_warned_of()
    {
        Finding led = StoreLeaseCheck.Find(new StoreLeaseState("far, process 7", 3, IsHeld: true));
        Finding idle = StoreLeaseCheck.Find(new StoreLeaseState("far, process 7", 3, IsHeld: false));

        Assert.Equal((CheckOutcome.Ok, "far, process 7 leads (term 3)"), (led.Outcome, led.Text));
        Assert.Equal((CheckOutcome.Warning, "nobody leads; the last was far, process 7 (term 3)"), (idle.Outcome, idle.Text));
    }

    [Fact]
    public async Task A_service_that_keeps_a_file_is_asked_nothing_of_a_database()
    {
        string file = Write("coordinator.yaml", "state: state");

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync(file);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal("NotTried", Outcome(checks["store.tcp"]));
    }

    [Fact]
    public async Task It_does_not_go_with_what_looks_at_something_else()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("doctor", "--coordinator", Write("coordinator.yaml", "state: state"), "--service");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("--service is given beside --coordinator", error, StringComparison.Ordinal);
    }

    private static string Outcome(JsonElement check) => check.GetProperty("outcome").GetString()!;

    private static string Found(JsonElement check) => check.GetProperty("found").GetString()!;

    private static string Mend(JsonElement check) => check.GetProperty("mend").GetString()!;

    private static async Task<(int Code, Dictionary<string, JsonElement> Checks)> LookAsync(string file)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync("doctor", "--coordinator", file, "--json");
        Assert.Equal("", error);
        using var report = JsonDocument.Parse(output);
        Assert.Equal("coordinator", report.RootElement.GetProperty("side").GetString());
        return (code, report.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => check.Clone()));
    }

    private Task<(int Code, Dictionary<string, JsonElement> Checks)> LookAsync(PostgresOptions place, string password = PrivatePostgres.Password)
    {
        Write("store.password", password);
        return LookAsync(Write(
            "coordinator.yaml",
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                state: state
                store:
                  url: postgres://{{place.User}}@{{place.Host}}:{{place.Port}}/{{place.Database}}
                  passwordFile: store.password
                """)));
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
