using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>Gets archives of models over the broker, one at a time, each into a folder of its own: an interrupted one goes on from there.</summary>
/// <param name="silence">See <see cref="BlobExchange"/>.</param>
/// <param name="bandwidth">Shared with the exchange of adapters.</param>
internal sealed class ModelTransfer(Courier courier, TimeProvider clock, TimeSpan silence, BandwidthLimits bandwidth, ILogger log)
{
    private static readonly BlobLimits Limits = new() { MaxBlobBytes = WireLimits.MaxModelBytes };

    /// <summary>Bytes of the smallest chunks that come: what is here is counted in these.</summary>
    private const int SmallChunk = 16 << 10;

    private volatile Moving? moving;

    /// <summary>Whether chunks of this body are for this transfer.</summary>
    public bool Carries(string sha256) => moving?.Claim.Sha256 == sha256;

    /// <summary>What has come of an archive so far, in bytes.</summary>
    public long Have(BlobClaim claim, string folder) => Held(claim, new BlobStore(folder, Limits, log));

    /// <summary>Gets an archive.</summary>
    /// <param name="fetch">Makes attempts until one succeeds; gets what to attempt.</param>
    /// <param name="came">Told how many bytes are here, each time it is more.</param>
    /// <returns>Its file.</returns>
    /// <exception cref="BlobRefusedException">The coordinator does not hand it out, or what came is not what was claimed.</exception>
    public async Task<string> FetchAsync(
        BlobClaim claim, string folder, BlobPeer peer, Func<Func<CancellationToken, Task>, Task> fetch, Action<long> came)
    {
        var store = new BlobStore(folder, Limits, log);
        using var exchange = new BlobExchange(store, courier, clock, silence, bandwidth: bandwidth);
        var transfer = new Moving(claim, exchange, came);
        transfer.Add(Held(claim, store));
        moving = transfer;
        try
        {
            await fetch(async token => await exchange.FetchAsync(claim, peer, token));
            return store.FileOf(claim.Sha256);
        }
        finally
        {
            moving = null;
            transfer.End();
        }
    }

    /// <summary>A chunk came of a body that <see cref="Carries"/>.</summary>
    public async Task OnChunkAsync(BlobChunk chunk, BlobPeer peer, CancellationToken stop)
    {
        if (moving is not { } transfer)
        {
            return;
        }

        ChunkOutcome? outcome = await transfer.Exchange.OnChunkAsync(chunk, peer, stop);
        if (outcome is ChunkOutcome.Stored or ChunkOutcome.BodyComplete)
        {
            transfer.Add(chunk.Content.Length);
        }
    }

    /// <summary>The coordinator ends a transfer of a body that <see cref="Carries"/>.</summary>
    public void OnRefused(BlobRefused message, BlobPeer peer) => moving?.Exchange.OnRefused(message, peer);

    /// <inheritdoc cref="BlobExchange.StartAgain"/>
    public void StartAgain() => moving?.Exchange.StartAgain();

    private static long Held(BlobClaim claim, BlobStore store)
    {
        BlobClaim small = claim with { ChunkSize = SmallChunk };
        return claim.Size - store.Missing(small).Sum(index => (long)BlobClaims.ChunkLength(small, index));
    }

    private sealed class Moving(BlobClaim claim, BlobExchange exchange, Action<long> came)
    {
        private readonly Lock gate = new();
        private long bytes;
        private bool isOver;

        public BlobClaim Claim => claim;

        public BlobExchange Exchange => exchange;

        /// <summary>So many bytes more are here.</summary>
        public void Add(long more)
        {
            lock (gate)
            {
                bytes += more;
                if (!isOver)
                {
                    came(bytes);
                }
            }
        }

        /// <summary>Nobody is told any more: the last chunk is counted when the body may be in use already.</summary>
        public void End()
        {
            lock (gate)
            {
                isOver = true;
            }
        }
    }
}
