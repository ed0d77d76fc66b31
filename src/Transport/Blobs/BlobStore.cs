using System.Security.Cryptography;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Binary bodies in a folder, named by their SHA-256. Safe for use by several threads of one process; a second process needs a folder of its own.
/// </summary>
/// <remarks>
/// A body is there in full or not at all: it is assembled aside, checked against its name, flushed to disk and renamed.
/// Its claim (size, chunk size, codec) lies beside it as JSON. Names are checked before they become paths. A body whose claim or length is damaged is
/// set aside and is then as absent as if it had never come. With an archive a body counts only when that has it; one that it has and the folder
/// lacks is fetched where it is asked for, and checked against its name.
/// </remarks>
public sealed class BlobStore
{
    private readonly string folder;
    private readonly string putting;
    private readonly BlobLimits limits;
    private readonly BodyFolder bodies;
    private readonly PartFolder parts;
    private readonly ArchiveCache? archive;

    /// <summary>Opens or makes the folder; unfinished bodies of an earlier process can be continued.</summary>
    /// <param name="log">Told of what is set aside.</param>
    /// <param name="archive">Where bodies are kept; null: in the folder.</param>
    public BlobStore(string folder, BlobLimits? limits = null, ILogger? log = null, IBodyArchive? archive = null)
    {
        this.folder = folder;
        this.limits = limits ?? new BlobLimits();
        putting = Path.Combine(folder, "parts");
        bodies = new BodyFolder(folder, log);
        parts = new PartFolder(putting, this.limits, Contains);
        this.archive = archive is null ? null : new ArchiveCache(archive, bodies, putting, log);
    }

    /// <summary>Stores a body of this process's own. Storing the same bytes again changes nothing.</summary>
    /// <param name="chunkSize">Bytes per chunk when it is sent; 1 … <see cref="WireLimits.MaxChunkBytes"/>.</param>
    /// <exception cref="BlobRefusedException">The body is empty or larger than the limit, or chunk size or codec are not allowed.</exception>
    public BlobClaim Put(ReadOnlyMemory<byte> body, string codec, int chunkSize = WireLimits.ChunkBytes)
    {
        var claim =
            new BlobClaim { Sha256 = Convert.ToHexStringLower(SHA256.HashData(body.Span)), Size = body.Length, ChunkSize = chunkSize, Codec = codec };
        Check(claim, 0);
        if (Find(claim.Sha256) is { } existing)
        {
            return existing;
        }

        string temporary = Path.Combine(putting, $"{claim.Sha256}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.put");
        using (FileStream file = PrivateFolder.Open(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(body.Span);
        }

        Keep(claim, temporary);
        return claim;
    }

    /// <summary>Whether the whole body is here, or in the archive; one there is not fetched for it.</summary>
    /// <exception cref="IOException">The archive cannot be asked.</exception>
    public bool Contains(string sha256) => bodies.Find(sha256) is not null || archive?.Find(sha256) is not null;

    /// <summary>The claim of a body that is here in full; null if it is not.</summary>
    /// <exception cref="IOException">The archive has it, but cannot give it.</exception>
    public BlobClaim? Find(string sha256) => bodies.Find(sha256) ?? archive?.Fetch(sha256);

    /// <summary>The chunks of a claimed body that are not here yet, ascending; none if it is complete.</summary>
    /// <param name="atMost">Longest list wanted.</param>
    /// <param name="chunkSize">Bytes of the chunks meant; 0: as the claim says.</param>
    /// <exception cref="BlobRefusedException">The claim is not allowed or contradicts the body that is here.</exception>
    /// <exception cref="IOException">All of it has come, but the disk fails to take it over.</exception>
    public IReadOnlyList<int> Missing(BlobClaim claim, int atMost = int.MaxValue, int chunkSize = 0)
    {
        chunkSize = Check(claim, chunkSize);
        if (Find(claim.Sha256) is { } existing)
        {
            return existing.Size == claim.Size
                ? []
                : throw new BlobRefusedException($"The body {claim.Sha256} has {existing.Size} bytes, not {claim.Size}.");
        }

        if (!parts.Has(claim, chunkSize))
        {
            return [.. Enumerable.Range(0, (int)Math.Min(atMost, (claim.Size + chunkSize - 1) / chunkSize))];
        }

        if (parts.Open(claim, chunkSize) is not { } part)
        {
            return [];
        }

        lock (part.Gate)
        {
            return part.Missing(atMost, chunkSize);
        }
    }

    /// <summary>Forgets what is known of a body that is not complete, and deletes it where nobody will go on with it.</summary>
    public void Abandon(BlobClaim claim, bool delete)
    {
        ArgumentNullException.ThrowIfNull(claim);
        parts.Abandon(claim, delete);
    }

    /// <summary>Stores one chunk of a claimed body. The same chunk may come any number of times, chunks in any order.</summary>
    /// <exception cref="BlobRefusedException">The claim is not allowed.</exception>
    /// <exception cref="IOException">The disk failed. The chunk is then as missing as before, be it the last.</exception>
    public ChunkOutcome AddChunk(BlobClaim claim, BlobChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        Check(claim, 0);
        int chunkSize = chunk.ChunkSize == 0 ? claim.ChunkSize : chunk.ChunkSize;
        if (BlobClaims.WrongChunkSize(claim, chunkSize) is not null)
        {
            return ChunkOutcome.WrongLength;
        }

        BlobClaim cut = claim with { ChunkSize = chunkSize };
        if (chunk.Index < 0 || chunk.Index >= BlobClaims.Chunks(cut))
        {
            return ChunkOutcome.WrongIndex;
        }

        if (chunk.Content.Length != BlobClaims.ChunkLength(cut, chunk.Index))
        {
            return ChunkOutcome.WrongLength;
        }

        if (chunk.Sha256 != claim.Sha256 || chunk.ChunkSha256 != Convert.ToHexStringLower(SHA256.HashData(chunk.Content.Span)))
        {
            return ChunkOutcome.WrongHash;
        }

        if (Contains(claim.Sha256))
        {
            return ChunkOutcome.AlreadyHeld;
        }

        if (parts.Open(claim, chunkSize) is not { } part)
        {
            return ChunkOutcome.AlreadyHeld;
        }

        lock (part.Gate)
        {
            if (part.Holds(chunk.Index, chunkSize))
            {
                return ChunkOutcome.AlreadyHeld;
            }

            part.Write(chunk.Index, chunkSize, chunk.Content.Span);
            if (!part.IsFull)
            {
                return ChunkOutcome.Stored;
            }

            try
            {
                return Complete(claim, part);
            }
            catch
            {
                // A body that is full and not taken over would be asked for by nobody and be there for nobody.
                part.Lose(chunk.Index, chunkSize);
                throw;
            }
        }
    }

    /// <summary>One chunk of a body that is here, ready to send; null if the body is not here or has no such chunk.</summary>
    /// <param name="chunkSize">Bytes of the chunks meant; 0: as the claim says.</param>
    public BlobChunk? ReadChunk(string sha256, int index, string agentId, int chunkSize = 0) => Find(sha256) is not { } claim
        ? null
        : BlobClaims.Chunk(claim, index, agentId, chunkSize, (position, content) =>
        {
            using FileStream body = OpenRead(sha256);
            body.Position = position;
            body.ReadExactly(content);
        });

    /// <summary>The file of a body that is here, for readers that map it; never to be written.</summary>
    /// <exception cref="FileNotFoundException">The body is not here.</exception>
    public string FileOf(string sha256) =>
        Find(sha256) is not null ? bodies.BodyPath(sha256) : throw new FileNotFoundException($"The body {sha256} is not in {folder}.");

    /// <exception cref="FileNotFoundException">The body is not here.</exception>
    public FileStream OpenRead(string sha256) => new(FileOf(sha256), FileMode.Open, FileAccess.Read, FileShare.Read);

    /// <exception cref="FileNotFoundException">The body is not here.</exception>
    public byte[] ReadAll(string sha256)
    {
        using FileStream body = OpenRead(sha256);
        byte[] bytes = new byte[body.Length];
        body.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Removes a body that nobody needs any more; one that is not here is no error.</summary>
    public void Remove(string sha256)
    {
        archive?.Remove(sha256);
        bodies.Remove(sha256);
    }

    /// <summary>Removes what has come of bodies that nobody needs any more and that are not complete.</summary>
    public void RemoveParts(IReadOnlySet<string> sha256)
    {
        ArgumentNullException.ThrowIfNull(sha256);
        parts.Remove(sha256);
    }

    /// <summary>Hashes of all bodies of which something is here, complete or not; what was set aside is not.</summary>
    public IReadOnlySet<string> Held() =>
        bodies.Held().Concat(parts.Held()).Concat(archive?.Held() ?? []).Where(BlobClaims.IsSha256).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Removes every other body, and what is left of unfinished ones. Only for a store whose owner knows that no transfer is under way.
    /// </summary>
    public void KeepOnly(IReadOnlyCollection<string> sha256)
    {
        archive?.KeepOnly(sha256);
        bodies.KeepOnly(sha256);
        parts.Clear();
    }

    /// <summary>
    /// Removes copies of what the archive does not have: another process has removed it there. Only while nobody else uses the folder.
    /// </summary>
    public void DropStale()
    {
        if (archive is not null)
        {
            bodies.KeepOnly(archive.Held());
        }
    }

    /// <summary>The archive first: what is in the folder alone would be lost with this machine.</summary>
    private void Keep(BlobClaim claim, string file)
    {
        archive?.Put(claim, file);
        bodies.Adopt(claim, file);
    }

    /// <summary>Checks and takes over a body whose last chunk has come. It stays open until then, so that nobody begins it anew meanwhile.</summary>
    private ChunkOutcome Complete(BlobClaim claim, BlobPart part)
    {
        ChunkOutcome outcome = TakeOver(claim, part);
        parts.Close(part);
        return outcome;
    }

    private ChunkOutcome TakeOver(BlobClaim claim, BlobPart part)
    {
        using (FileStream body = new(part.File, FileMode.Open, FileAccess.Read))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(body)) != claim.Sha256)
            {
                body.Dispose();
                part.Delete();
                return ChunkOutcome.BodyCorrupt;
            }
        }

        Keep(claim, part.File);
        part.ForgetMap();
        return ChunkOutcome.BodyComplete;
    }

    /// <returns>The size of chunks that is meant.</returns>
    private int Check(BlobClaim claim, int chunkSize)
    {
        if (BlobClaims.Wrong(claim, limits.MaxBlobBytes) is { } wrong)
        {
            throw new BlobRefusedException(wrong);
        }

        return chunkSize == 0 ? claim.ChunkSize
            : BlobClaims.WrongChunkSize(claim, chunkSize) is { } wrongSize ? throw new BlobRefusedException(wrongSize)
            : chunkSize;
    }
}
