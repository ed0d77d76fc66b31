using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>Tests that have an API of their own, and a client that may operate.</summary>
public abstract class ServedApiTests : IAsyncLifetime
{
    private protected ServedApi api = null!;
    private protected HttpClient client = null!;

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        api = await ServedApi.StartAsync();
        client = api.Client(api.Operate);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await api.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
