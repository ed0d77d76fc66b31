using EdgeFlora.Testing.Network;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.InProcess;

/// <summary>A member's bus, and the link that it goes over.</summary>
/// <param name="Link">Null where there is no network.</param>
/// <param name="IsShared">Whether the bus is everybody's, and stays.</param>
internal sealed record MemberConnection(MessageBus Bus, TcpProxy? Link, bool IsShared) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (!IsShared)
        {
            await BusFactory.StopAsync(Bus);
        }

        if (Link is not null)
        {
            await Link.DisposeAsync();
        }
    }
}
