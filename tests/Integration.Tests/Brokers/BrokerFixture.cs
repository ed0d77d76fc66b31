using EdgeFlora.Integration.Tests.Brokers;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(BrokerFixture))]
[assembly: AssemblyFixture(typeof(ManagedServer))]
// Tests of one broker, some of which kill it: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>
/// The broker of these tests: the one <c>EDGEFLORA_TEST_BROKER</c> names (an AMQP URL; its virtual host is used by all), else a private one.
/// Without either the tests are skipped at a desk and fail where <c>CI</c> is set.
/// </summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("EDGEFLORA_TEST_BROKER");

    private PrivateBroker? own;

    public async ValueTask InitializeAsync()
    {
        if (string.IsNullOrEmpty(Given) && File.Exists(PrivateBroker.Program))
        {
            own = new PrivateBroker();
            await own.StartAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }

    /// <summary>The broker's URL with a virtual host of the test class's own.</summary>
    public string Url(string virtualHost)
    {
        if (!string.IsNullOrEmpty(Given))
        {
            return Given;
        }

        return own is null ? throw Missing("no broker: set EDGEFLORA_TEST_BROKER or install the package rabbitmq-server") : own.Url(virtualHost);
    }

    /// <summary>The broker as something that may be killed and started again.</summary>
    internal PrivateBroker Own => own ?? throw Missing(
        "this test kills the broker, so it needs a private one: install the package rabbitmq-server and leave EDGEFLORA_TEST_BROKER unset");

    private static Exception Missing(string reason)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(reason);
        }

        return new InvalidOperationException(reason);
    }
}
