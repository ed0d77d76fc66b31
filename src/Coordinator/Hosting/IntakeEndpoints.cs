using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using MassTransit;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The queues of a run that the coordinator listens on. Consumers decide nothing: they hand over, and a delivery is acknowledged once its effects are stored.</summary>
internal sealed class IntakeEndpoints : IAsyncDisposable
{
    private readonly List<HostReceiveEndpointHandle> handles = [];

    public static async Task<IntakeEndpoints> ConnectAsync(IReceiveConnector bus, Guid run, RunLoop loop, BlobDesk blobs, BlobExchange exchange, CancellationToken stop)
    {
        var endpoints = new IntakeEndpoints();
        endpoints.handles.Add(bus.ConnectQueue(Queues.RunIntake(run), QueueKind.Intake, endpoint =>
        {
            HandOver<TaskAccepted>(endpoint, loop);
            HandOver<TaskDeclined>(endpoint, loop);
            HandOver<TaskProgress>(endpoint, loop);
            HandOver<TaskFailed>(endpoint, loop);
            HandOver<ResultReady>(endpoint, loop);
            HandOver<BlobAnnounced>(endpoint, loop);
            HandOver<BlobWanted>(endpoint, loop);
        }));
        endpoints.handles.Add(bus.ConnectQueue(Queues.RunChunks(run), QueueKind.IntakeChunks, endpoint => endpoint.Handler<BlobChunk>(async context =>
        {
            if (blobs.Peer(context.Message.AgentId) is { } peer)
            {
                await exchange.OnChunkAsync(context.Message, peer, context.CancellationToken);
            }
        })));
        foreach (HostReceiveEndpointHandle handle in endpoints.handles)
        {
            await handle.Ready.WaitAsync(stop);
        }

        return endpoints;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HostReceiveEndpointHandle handle in handles)
        {
            await handle.StopAsync(CancellationToken.None);
        }

        handles.Clear();
    }

    private static void HandOver<T>(IReceiveEndpointConfigurator endpoint, RunLoop loop)
        where T : class => endpoint.Handler<T>(context => loop.PostAsync(context.Message));
}
