namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A broker of our own with its management API, for the tests of one class.</summary>
public sealed class ManagedBroker : IAsyncLifetime
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

    public async ValueTask InitializeAsync()
    {
        if (File.Exists(PrivateBroker.Program))
        {
            broker = new PrivateBroker();
            broker.UseManagement();
            await broker.StartAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
        {
            await broker.DisposeAsync();
        }
    }
}
