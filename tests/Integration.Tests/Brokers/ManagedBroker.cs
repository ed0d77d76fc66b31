namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>The broker with its management API, empty for the tests of one class.</summary>
public sealed class ManagedBroker(ManagedServer server) : IAsyncLifetime
{
    private PrivateBroker? broker;

    internal PrivateBroker Broker
    {
        get
        {
            Assert.SkipWhen(broker is null, "no broker: install the package rabbitmq-server");
            return broker;
        }
    }

    public async ValueTask InitializeAsync() => broker = await server.EmptyAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
