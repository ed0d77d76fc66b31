[assembly: Xunit.AssemblyFixture(typeof(EdgeFlora.Coordinator.Tests.Given.PostgresFixture))]

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>
/// The PostgreSQL server of these tests, started when the first of them asks for it. Where there is none they are skipped at a desk and fail where
/// <c>CI</c> is set.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly Lock gate = new();
    private Task<PrivatePostgres>? server;

    internal Task<PrivatePostgres> ServerAsync()
    {
        if (PrivatePostgres.Missing is { } reason)
        {
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), reason);
            throw new InvalidOperationException(reason);
        }

        lock (gate)
        {
            return server ??= PrivatePostgres.StartNewAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await (await server).DisposeAsync();
        }
    }
}
