using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>What an agent sends and fetches beside messages: adapters, updates and models, within its owner's limits.</summary>
internal sealed class BodyTransfers : IDisposable
{
    public BodyTransfers(AgentOptions options, AgentConnection connection, TimeProvider clock, ILogger log)
    {
        var bandwidth = new BandwidthLimits
        {
            Up = options.Limits.BytesUp is { } up ? new Bandwidth(up, clock) : null,
            Down = options.Limits.BytesDown is { } down ? new Bandwidth(down, clock) : null,
        };
        Blobs = new BlobStore(Path.Combine(options.StateFolder, "blobs"), log: log);
        Exchange = new BlobExchange(Blobs, connection.Courier, clock, options.Resilience.TransferSilence, bandwidth: bandwidth);
        Models = new ModelTransfer(connection.Courier, clock, options.Resilience.TransferSilence, bandwidth, log);
    }

    /// <summary>Adapters and updates, as they lie here.</summary>
    public BlobStore Blobs { get; }

    public BlobExchange Exchange { get; }

    public ModelTransfer Models { get; }

    /// <inheritdoc cref="BlobExchange.StartAgain"/>
    public void StartAgain()
    {
        Exchange.StartAgain();
        Models.StartAgain();
    }

    public void Dispose() => Exchange.Dispose();
}
