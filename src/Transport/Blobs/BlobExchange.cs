using System.Collections.Concurrent;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Moves bodies between two blob stores over queues, either way, in chunks, from where an interrupted transfer left off.</summary>
/// <remarks>
/// <para>
/// Hand over: announce → wanted (up to 16 indexes) → chunks → wanted … → wanted with none: complete and checked. Fetch: wanted → chunks → wanted …,
/// until the body is here.
/// </para>
/// <para>Both services use this class: the coordinator feeds it the messages its consumers receive (<c>On…</c>); an agent also starts transfers
/// (<see cref="HandOverAsync"/>, <see cref="FetchAsync"/>).
/// Whether an agent may hand over or fetch a body is the caller's to decide, before it passes the message on.</para>
/// </remarks>
/// <param name="silence">
/// Time without any word about a transfer after which an attempt ends with <see cref="TimeoutException"/>; the next one goes on from there.
/// </param>
/// <param name="limits">How many transfers may be under way.</param>
/// <param name="bandwidth">How fast they may be; null: as fast as the link is.</param>
/// <param name="others">Bodies that are handed out beside those of the store; null: none.</param>
public sealed class BlobExchange(
    BlobStore store,
    Courier courier,
    TimeProvider clock,
    TimeSpan silence,
    TransferLimits? limits = null,
    BandwidthLimits? bandwidth = null,
    IBodySource? others = null) : IDisposable
{
    private readonly BlobInbox inbox = new(store, clock, limits ?? new TransferLimits());
    private readonly SendingTurns turns = new(limits ?? new TransferLimits());
    private readonly ConcurrentDictionary<string, PendingTransfer> pending = new(StringComparer.Ordinal);

    /// <summary>Hands a body of the own store over; returns when the other side says that it is complete there.</summary>
    /// <exception cref="BlobRefusedException">The other side does not want it.</exception>
    /// <exception cref="TimeoutException">Silence. Call again to go on.</exception>
    public Task HandOverAsync(BlobClaim claim, BlobPeer peer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(peer);
        MessageHeader header = peer.Header(nameof(BlobAnnounced), claim.Sha256);
        var announced = new BlobAnnounced { Header = header, Claim = claim };
        return RunAsync(claim.Sha256, () => courier.SendAsync(peer.ControlQueue, announced, header, timeToLive: null, stop), stop);
    }

    /// <summary>Gets a body from the other side; returns when it is complete in the own store. At once if it is there already.</summary>
    /// <exception cref="BlobRefusedException">The other side does not have it, or the claim is not allowed here.</exception>
    /// <exception cref="TimeoutException">Silence. Call again to go on.</exception>
    public async Task FetchAsync(BlobClaim claim, BlobPeer peer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(peer);
        BlobInbox.Question? first = inbox.Expect(peer.AgentId, claim);
        if (first.Missing.Count > 0)
        {
            await RunAsync(
                claim.Sha256,
                () => WantAsync(peer, claim.Sha256, Interlocked.Exchange(ref first, null) ?? inbox.Expect(peer.AgentId, claim), stop),
                stop);
        }
    }

    public void Dispose() => turns.Dispose();

    /// <summary>
    /// The other side is a new process, which knows nothing of what the one before was told: transfers under way go on at once and do not wait for
    /// the silence to be long enough.
    /// </summary>
    public void StartAgain()
    {
        foreach (PendingTransfer transfer in pending.Values)
        {
            transfer.Again.TrySetResult();
        }
    }

    /// <summary>The other side offers a body: answers what is missing, or that it is refused.</summary>
    public async Task OnAnnouncedAsync(BlobAnnounced message, BlobPeer peer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(peer);
        BlobInbox.Question missing;
        try
        {
            missing = inbox.Expect(peer.AgentId, message.Claim, message.Header);
        }
        catch (BlobRefusedException refused)
        {
            await RefuseAsync(peer, message.Claim.Sha256, refused.Message, stop);
            return;
        }

        await WantAsync(peer, message.Claim.Sha256, missing, stop);
    }

    /// <summary>
    /// The other side lacks chunks: sends them in its turn, or notes that it has them all. A newer question about a body takes the place of one that
    /// is being answered.
    /// </summary>
    public async Task OnWantedAsync(BlobWanted message, BlobPeer peer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(peer);
        pending.TryGetValue(message.Sha256, out PendingTransfer? transfer);
        transfer?.Heard();
        if (message.Missing.Count == 0)
        {
            transfer?.Done.TrySetResult();
            return;
        }

        await turns.RunAsync(peer.AgentId, message, (newest, isNewest) => SendAsync(newest, peer, transfer, isNewest, stop), stop);
    }

    /// <summary>A chunk came: stores it, and asks for the next ones when those asked for have come.</summary>
    /// <returns>What became of it; null: nobody expected it.</returns>
    public async Task<ChunkOutcome?> OnChunkAsync(BlobChunk chunk, BlobPeer peer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ArgumentNullException.ThrowIfNull(peer);
        pending.TryGetValue(chunk.Sha256, out PendingTransfer? transfer);
        (ChunkOutcome? outcome, BlobInbox.Question? next) = inbox.Accept(chunk with { AgentId = peer.AgentId });
        if (outcome is ChunkOutcome.Stored or ChunkOutcome.AlreadyHeld or ChunkOutcome.BodyComplete)
        {
            transfer?.Heard();
        }

        if (outcome == ChunkOutcome.BodyCorrupt)
        {
            const string Reason = "All chunks arrived, but the whole body has another SHA-256 than its name; it was thrown away.";
            transfer?.Done.TrySetException(new BlobRefusedException(Reason) { IsCorrupt = true });
            await RefuseAsync(peer, chunk.Sha256, Reason, stop);
        }

        if (next is not null)
        {
            await WantAsync(peer, chunk.Sha256, next, stop);
        }

        if (next is { Missing.Count: 0 })
        {
            transfer?.Done.TrySetResult();
        }

        return outcome;
    }

    /// <summary>The other side ends a transfer.</summary>
    public void OnRefused(BlobRefused message, BlobPeer peer)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(peer);
        inbox.Forget(peer.AgentId, message.Sha256);
        if (pending.TryGetValue(message.Sha256, out PendingTransfer? transfer))
        {
            transfer.Done.TrySetException(new BlobRefusedException(message.Reason));
        }
    }

    private async Task SendAsync(BlobWanted message, BlobPeer peer, PendingTransfer? transfer, Func<bool> isNewest, CancellationToken stop)
    {
        foreach (int index in message.Missing.Distinct().Take(BlobInbox.Window))
        {
            if (!isNewest())
            {
                return;
            }

            int chunkSize = message.ChunkSize ?? 0;
            if ((store.ReadChunk(message.Sha256, index, peer.AgentId, chunkSize) ?? others?.ReadChunk(message.Sha256, index, peer.AgentId, chunkSize))
                is not { } chunk)
            {
                await RefuseAsync(peer, message.Sha256, $"The body or its chunk {index} is not here.", stop);
                return;
            }

            if (bandwidth?.Up is { } up)
            {
                await up.TakeAsync(chunk.Content.Length, () => transfer?.Heard(), stop);
            }

            await courier.SendChunkAsync(peer.ChunkQueue, chunk, stop);
            transfer?.Heard();
        }
    }

    private async Task RunAsync(string sha256, Func<Task> begin, CancellationToken stop)
    {
        PendingTransfer transfer = pending.GetOrAdd(sha256, _ => new PendingTransfer(clock));
        try
        {
            transfer.Heard();
            await begin();
            while (!transfer.Done.Task.IsCompleted)
            {
                if (transfer.Again.Task.IsCompleted)
                {
                    transfer.Again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    transfer.Heard();
                    await begin();
                }

                TimeSpan left = silence - transfer.Silence;
                if (left <= TimeSpan.Zero)
                {
                    throw new TimeoutException($"Nothing was heard about the body {sha256} for {silence.TotalSeconds:0} s.");
                }

                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
                await Task.WhenAny(transfer.Done.Task, transfer.Again.Task, Task.Delay(left, clock, waiting.Token));
                await waiting.CancelAsync();
                stop.ThrowIfCancellationRequested();
            }

            await transfer.Done.Task;
        }
        finally
        {
            pending.TryRemove(KeyValuePair.Create(sha256, transfer));
        }
    }

    private async Task WantAsync(BlobPeer peer, string sha256, BlobInbox.Question question, CancellationToken stop)
    {
        if (bandwidth?.Down is { } down && question.Missing.Count > 0)
        {
            // The other side sends no faster than it is asked. A wait of our own is no silence of its.
            pending.TryGetValue(sha256, out PendingTransfer? transfer);
            await down.TakeAsync((long)question.Missing.Count * question.ChunkSize, () => transfer?.Heard(), stop);
        }

        MessageHeader header = peer.Header(nameof(BlobWanted), $"{sha256}:{question.ChunkSize}:{string.Join(',', question.Missing)}");
        await courier.SendAsync(
            peer.ControlQueue,
            new BlobWanted
            {
                Header = header,
                Sha256 = sha256,
                ChunkSize = question.ChunkSize > 0 ? question.ChunkSize : null,
                Missing = question.Missing,
            },
            header,
            timeToLive: null,
            stop);
    }

    private Task RefuseAsync(BlobPeer peer, string sha256, string reason, CancellationToken stop)
    {
        MessageHeader header = peer.Header(nameof(BlobRefused), sha256);
        return courier.SendAsync(
            peer.ControlQueue, new BlobRefused { Header = header, Sha256 = sha256, Reason = reason }, header, timeToLive: null, stop);
    }

    private sealed class PendingTransfer(TimeProvider clock)
    {
        private long heard = clock.GetTimestamp();

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Done when the transfer is to begin again.</summary>
        public TaskCompletionSource Again { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan Silence => clock.GetElapsedTime(Interlocked.Read(ref heard));

        public void Heard() => Interlocked.Exchange(ref heard, clock.GetTimestamp());
    }
}
