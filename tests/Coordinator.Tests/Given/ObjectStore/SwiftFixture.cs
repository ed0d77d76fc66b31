[assembly: Xunit.AssemblyFixture(typeof(EdgeFlora.Coordinator.Tests.Given.ObjectStore.SwiftFixture))]

namespace EdgeFlora.Coordinator.Tests.Given.ObjectStore;

/// <summary>
/// The S3 server of these tests, started when the first of them asks for it. Where there is none they are skipped at a desk and fail where <c>CI</c>
/// is set.
/// </summary>
public sealed class SwiftFixture : IAsyncDisposable
{
    private readonly Lock gate = new();
    private Task<PrivateSwift>? server;

    internal Task<PrivateSwift> ServerAsync()
    {
        if (PrivateSwift.Missing is { } reason)
        {
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), reason);
            throw new InvalidOperationException(reason);
        }

        lock (gate)
        {
            return server ??= PrivateSwift.StartNewAsync();
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
