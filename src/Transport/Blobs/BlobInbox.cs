using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Keeps track of bodies that others hand over: asks for a window of missing chunks, then for the next, until the body is complete.
/// </summary>
/// <remarks>
/// The window bounds what lies in the broker for one transfer, and the size of its chunks follows the link. State is memory only: after a restart the
/// sender announces again and learns what the store already holds. Places are bounded for each agent and in all, so that nobody who announces and
/// never sends keeps others out; a place is given back when its body is complete, refused, silent for long, or of a round that is over for its agent.
/// </remarks>
internal sealed class BlobInbox(BlobStore store, TimeProvider clock, TransferLimits limits)
{
    /// <summary>Chunks asked for at a time; a sender refuses to send more for one question.</summary>
    public const int Window = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Agent, string Sha256), Transfer> transfers = [];
    private readonly Dictionary<string, ChunkPace> paces = new(StringComparer.Ordinal);

    /// <summary>Notes a claim and says what to ask for now; no chunk: the body is complete.</summary>
    /// <param name="about">
    /// What the body belongs to: when the agent hands over something of a later round, the run's earlier rounds are over for it.
    /// </param>
    /// <exception cref="BlobRefusedException">The claim is not allowed, or there is no place.</exception>
    public Question Expect(string agentId, BlobClaim claim, MessageHeader? about = null)
    {
        var key = (agentId, claim.Sha256);
        int size = PaceOf(key);
        IReadOnlyList<int> missing = store.Missing(claim, Window, size);
        lock (gate)
        {
            if (missing.Count == 0)
            {
                transfers.Remove(key);
                return Question.None;
            }

            GiveBack(agentId, about);
            if (!transfers.ContainsKey(key))
            {
                MakePlace(agentId);
            }

            transfers[key] = new Transfer(claim, size, [.. missing], about?.RunId ?? Guid.Empty, about?.Round ?? 0, clock.GetTimestamp());
            return new Question(size, missing);
        }
    }

    /// <summary>
    /// Takes a chunk that was asked for. The second value says what to ask for next: no chunk: the body is complete; null: nothing to say now.
    /// </summary>
    /// <exception cref="IOException">The disk failed; the chunk is as missing as before.</exception>
    public (ChunkOutcome? Outcome, Question? Next) Accept(BlobChunk chunk)
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
                    return (outcome, Question.None);
                case ChunkOutcome.BodyCorrupt:
                    transfers.Remove(key);
                    return (outcome, null);
                case ChunkOutcome.Stored or ChunkOutcome.AlreadyHeld:
                    return (outcome, Next(key, transfer, chunk));
                default:
                    return (outcome, null);
            }
        }
    }

    public void Forget(string agentId, string sha256)
    {
        lock (gate)
        {
            transfers.Remove((agentId, sha256));
        }
    }

    private Question? Next((string Agent, string Sha256) key, Transfer transfer, BlobChunk chunk)
    {
        transfer.Heard = clock.GetTimestamp();
        transfer.Bytes += chunk.Content.Length;
        if (transfer.ChunkSize != SizeOf(transfer.Claim, chunk) || !transfer.Asked.Remove(chunk.Index) || transfer.Asked.Count > 0)
        {
            return null;
        }

        ChunkPace pace = paces[key.Agent];
        pace.Came(transfer.Bytes, clock.GetElapsedTime(transfer.Began));
        IReadOnlyList<int> missing = store.Missing(transfer.Claim, Window, pace.Size);
        if (missing.Count == 0)
        {
            transfers.Remove(key);
            return Question.None;
        }

        if (transfers.ContainsKey(key))
        {
            transfers[key] = transfer with { ChunkSize = pace.Size, Asked = [.. missing], Began = clock.GetTimestamp(), Bytes = 0 };
        }

        return new Question(pace.Size, missing);
    }

    /// <summary>
    /// The size of chunks for this agent now. A body that is announced again before anything of it came has met a link that is slower than was
    /// thought.
    /// </summary>
    private int PaceOf((string Agent, string Sha256) key)
    {
        lock (gate)
        {
            if (!paces.TryGetValue(key.Agent, out ChunkPace? pace))
            {
                Trim();
                paces.Add(key.Agent, pace = new ChunkPace());
            }

            if (transfers.TryGetValue(key, out Transfer? transfer) && transfer.Bytes == 0)
            {
                pace.Stalled();
            }

            return pace.Size;
        }
    }

    /// <summary>Links of agents that hand nothing over are learnt anew.</summary>
    private void Trim()
    {
        if (paces.Count >= limits.InAll)
        {
            foreach (string agent in paces.Keys.Except(transfers.Keys.Select(key => key.Agent), StringComparer.Ordinal).ToArray())
            {
                paces.Remove(agent);
            }
        }
    }

    private void GiveBack(string agentId, MessageHeader? about)
    {
        foreach (((string agent, string sha256), Transfer transfer) in transfers.ToArray())
        {
            bool isOver = about is not null && agent == agentId && transfer.RunId == about.RunId && transfer.Round < about.Round;
            if (isOver || clock.GetElapsedTime(transfer.Heard) >= limits.Idle)
            {
                Drop(agent, sha256, transfer, delete: isOver);
            }
        }
    }

    private void MakePlace(string agentId)
    {
        KeyValuePair<(string Agent, string Sha256), Transfer>[] own = [.. transfers.Where(each => each.Key.Agent == agentId).OrderBy(
            each => each.Value.Heard)];
        if (own.Length >= limits.PerAgent)
        {
            Drop(agentId, own[0].Key.Sha256, own[0].Value, delete: true);
        }

        if (transfers.Count >= limits.InAll)
        {
            throw new BlobRefusedException($"{transfers.Count} transfers are under way already; try again later.");
        }
    }

    private void Drop(string agent, string sha256, Transfer transfer, bool delete)
    {
        transfers.Remove((agent, sha256));
        if (!transfers.Keys.Any(key => key.Sha256 == sha256))
        {
            store.Abandon(transfer.Claim, delete);
        }
    }

    private static int SizeOf(BlobClaim claim, BlobChunk chunk) => chunk.ChunkSize > 0 ? chunk.ChunkSize : claim.ChunkSize;

    /// <summary>Chunks to ask for, and how large they should be.</summary>
    public sealed record Question(int ChunkSize, IReadOnlyList<int> Missing)
    {
        /// <summary>There is nothing to ask for: the body is complete.</summary>
        public static Question None { get; } = new(0, []);
    }

    private sealed record Transfer(BlobClaim Claim, int ChunkSize, HashSet<int> Asked, Guid RunId, int Round, long Began)
    {
        public long Heard { get; set; } = Began;

        /// <summary>Bytes of the present window that came.</summary>
        public long Bytes { get; set; }
    }
}
