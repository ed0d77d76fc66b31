using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Keeps track of bodies that others hand over: asks for a window of missing chunks, then for the next, until the body is complete.</summary>
/// <remarks>The window bounds what lies in the broker for one transfer. State is memory only: after a restart the sender announces again and learns what the store already holds.</remarks>
internal sealed class BlobInbox(BlobStore store)
{
    /// <summary>Chunks asked for at a time; a sender refuses to send more for one question.</summary>
    public const int Window = 16;

    private const int MaxTransfers = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Agent, string Sha256), Transfer> transfers = [];

    /// <summary>Notes a claim and says what to ask for now; none: the body is complete.</summary>
    /// <exception cref="BlobRefusedException">The claim is not allowed.</exception>
    public IReadOnlyList<int> Expect(string agentId, BlobClaim claim)
    {
        IReadOnlyList<int> missing = store.Missing(claim, Window);
        lock (gate)
        {
            if (missing.Count == 0)
            {
                transfers.Remove((agentId, claim.Sha256));
                return missing;
            }

            if (transfers.Count >= MaxTransfers && !transfers.ContainsKey((agentId, claim.Sha256)))
            {
                throw new BlobRefusedException($"{transfers.Count} transfers are under way already; try again later.");
            }

            transfers[(agentId, claim.Sha256)] = new Transfer(claim, [.. missing]);
            return missing;
        }
    }

    /// <summary>Takes a chunk that was asked for. The second value says what to ask for next: none: the body is complete; null: nothing to say now.</summary>
    public (ChunkOutcome? Outcome, IReadOnlyList<int>? Next) Accept(BlobChunk chunk)
    {
        var key = (chunk.AgentId, chunk.Sha256);
        Transfer? transfer;
        lock (gate)
        {
            if (!transfers.TryGetValue(key, out transfer))
            {
                return (null, null);
            }
        }

        ChunkOutcome outcome = store.AddChunk(transfer.Claim, chunk);
        lock (gate)
        {
            switch (outcome)
            {
                case ChunkOutcome.BodyComplete:
                    transfers.Remove(key);
                    return (outcome, []);
                case ChunkOutcome.BodyCorrupt:
                    transfers.Remove(key);
                    return (outcome, null);
                case ChunkOutcome.Stored or ChunkOutcome.AlreadyHeld:
                    bool wasAsked = transfer.Asked.Remove(chunk.Index);
                    if (!wasAsked || transfer.Asked.Count > 0)
                    {
                        return (outcome, null);
                    }

                    IReadOnlyList<int> next = store.Missing(transfer.Claim, Window);
                    transfer.Asked.UnionWith(next);
                    if (next.Count == 0)
                    {
                        transfers.Remove(key);
                    }

                    return (outcome, next);
                default:
                    return (outcome, null);
            }
        }
    }

    /// <summary>Whether chunks of this body are expected from this agent.</summary>
    public bool Expects(string agentId, string sha256)
    {
        lock (gate)
        {
            return transfers.ContainsKey((agentId, sha256));
        }
    }

    public void Forget(string agentId, string sha256)
    {
        lock (gate)
        {
            transfers.Remove((agentId, sha256));
        }
    }

    private sealed record Transfer(BlobClaim Claim, HashSet<int> Asked);
}
