using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>A coordinator whose database does not answer when it starts.</summary>
public sealed class StoreAwayTests(BrokerFixture broker) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_waits_for_the_database_and_leads_when_it_is_there()
    {
        SkipWithout();
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync(Stop);
        PostgresOptions database = await server.NewDatabaseAsync();
        await server.StopAsync(Stop);
        await using EdgeFloraProcess coordinator = Start(database, timeout: "10m");

        await coordinator.LineAsync("PostgreSQL database ");
        Assert.DoesNotContain(coordinator.Lines, Announces);
        await server.StartAsync(Stop);

        await coordinator.LineAsync("serving at ");
    }

    /// <summary>What has not started is not announced, and makes no operator's token.</summary>
    [Fact]
    public async Task It_ends_with_a_sentence_and_announces_nothing_where_nothing_answers()
    {
        await using EdgeFloraProcess coordinator = Start(PostgresOptions.Read("postgres://edgeflora@127.0.0.1:9/none", "store.url"), timeout: "1s");

        Assert.Equal(ExitCode.BadInput, await coordinator.EndAsync());
        Assert.DoesNotContain(coordinator.Lines, Announces);
        Assert.Contains(coordinator.Lines, line => line.Contains("127.0.0.1:9: it cannot be reached", StringComparison.Ordinal));
        Assert.False(File.Exists(folder.In("state/first-operator.token")));
    }

    private static bool Announces(string line) =>
        line.StartsWith("serving at ", StringComparison.Ordinal) || line.Contains("operator token", StringComparison.Ordinal);

    private static void SkipWithout()
    {
        if (PrivatePostgres.Missing is { } reason)
        {
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), reason);
            Assert.Fail(reason);
        }
    }

    private EdgeFloraProcess Start(PostgresOptions database, string timeout)
    {
        File.WriteAllText(folder.In("store.password"), PrivatePostgres.Password);
        File.WriteAllText(
            folder.In("coordinator.yaml"),
            FormattableString.Invariant(
                $$"""
                store:
                  url: postgres://{{database.User}}@{{database.Host}}:{{database.Port}}/{{database.Database}}
                  passwordFile: store.password
                  timeout: {{timeout}}
                """));
        return EdgeFloraProcess.Start(
            broker.Url("service"),
            ["coordinator", "--listen", "https://127.0.0.1:0", "--state", folder.In("state"), "--config", folder.In("coordinator.yaml")]);
    }
}
