using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>PostgreSQL on another machine proves who it is, or is not spoken to.</summary>
public sealed class PostgresTlsTests(PostgresFixture postgres) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_must_be_the_hosts_and_of_an_authority_that_is_trusted()
    {
        await postgres.ServerAsync();
        using var trusted = new TestAuthority("trusted");
        using var other = new TestAuthority("other");
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync(Stop, trusted.Issue(["localhost"]));
        string database = (await server.NewDatabaseAsync()).Database;
        await File.WriteAllTextAsync(folder.In("trusted.pem"), trusted.Pem, Stop);
        await File.WriteAllTextAsync(folder.In("other.pem"), other.Pem, Stop);
        string byName = server.Url(database).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        using (ServiceStore? led = Lead(byName, "trusted.pem"))
        {
            Assert.NotNull(led);
        }

        Refused(byName, "other.pem", "its certificate is not accepted (");
        Refused(server.Url(database), "trusted.pem", "its certificate is not accepted (");
    }

    [Fact]
    public async Task A_server_without_TLS_is_refused_where_it_has_to_prove_who_it_is()
    {
        PrivatePostgres server = await postgres.ServerAsync();
        using var authority = new TestAuthority("trusted");
        await File.WriteAllTextAsync(folder.In("trusted.pem"), authority.Pem, Stop);

        Refused(server.Url((await server.NewDatabaseAsync()).Database), "trusted.pem", "it does not speak TLS (");
    }

    public void Dispose() => folder.Dispose();

    private void Refused(string url, string ca, string why)
    {
        StoreUnavailableException refused = Assert.Throws<StoreUnavailableException>(() => Lead(url, ca));
        Assert.Contains($": {why}", refused.Message, StringComparison.Ordinal);
    }

    private ServiceStore? Lead(string url, string ca)
    {
        using var database = new PostgresDatabase(PostgresOptions.Read(url, "EDGEFLORA_STORE", passwordFile: null, folder.In(ca)));
        return ServiceStore.TryLead(database, "replica", new StoreAccess { Stop = Stop });
    }
}
