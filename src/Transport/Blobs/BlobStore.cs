using System.Security.Cryptography;
using System.Text.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Binary bodies in a folder, named by their SHA-256. Safe for use by several threads of one process; a second process needs a folder of its own.</summary>
/// <remarks>
/// A body is there in full or not at all: it is assembled aside, checked against its name, flushed to disk and renamed.
/// Its claim (size, chunk size, codec) lies beside it as JSON. Names are checked before they become paths. A body whose claim or length is damaged is set aside and is then as absent as if it had never come.
/// </remarks>
public sealed class BlobStore
{
    private readonly string folder;
    private readonly string parts;
    private readonly string aside;
    private readonly BlobLimits limits;
    private readonly ILogger? log;
    private readonly Lock gate = new();
    private readonly Dictionary<string, BlobPart> open = new(StringComparer.Ordinal);
    private long uses;
    private int begun;

    /// <summary>Opens or makes the folder; unfinished bodies of an earlier process can be continued.</summary>
    /// <param name="log">Told of what is set aside.</param>
    public BlobStore(string folder, BlobLimits? limits = null, ILogger? log = null)
    {
        this.folder = folder;
        this.limits = limits ?? new BlobLimits();
        this.log = log;
        parts = Path.Combine(folder, "parts");
        aside = Path.Combine(folder, "damaged");
        PrivateFolder.Create(parts);
        RemoveOldestParts();
    }

    /// <summary>Stores a body of this process's own. Storing the same bytes again changes nothing.</summary>
    /// <param name="chunkSize">Bytes per chunk when it is sent; 1 … <see cref="WireLimits.MaxChunkBytes"/>.</param>
    /// <exception cref="BlobRefusedException">The body is empty or larger than the limit, or chunk size or codec are not allowed.</exception>
    public BlobClaim Put(ReadOnlyMemory<byte> body, string codec, int chunkSize = WireLimits.ChunkBytes)
    {
        var claim = new BlobClaim { Sha256 = Convert.ToHexStringLower(SHA256.HashData(body.Span)), Size = body.Length, ChunkSize = chunkSize, Codec = codec };
        Check(claim, 0);
        if (Find(claim.Sha256) is { } existing)
        {
            return existing;
        }

        string temporary = Path.Combine(parts, $"{claim.Sha256}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.put");
        using (FileStream file = PrivateFolder.Open(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(body.Span);
            file.Flush(flushToDisk: true);
        }

        Adopt(claim, temporary);
        return claim;
    }

    /// <summary>Whether the whole body is here.</summary>
    public bool Contains(string sha256) => Find(sha256) is not null;

    /// <summary>The claim of a body that is here in full; null if it is not.</summary>
    public BlobClaim? Find(string sha256)
    {
        if (!BlobClaims.IsSha256(sha256) || new FileInfo(BodyPath(sha256)) is not { Exists: true } body || !File.Exists(ClaimPath(sha256)))
        {
            return null;
        }

        string damage;
        try
        {
            BlobClaim? claim = JsonSerializer.Deserialize<BlobClaim>(File.ReadAllBytes(ClaimPath(sha256)));
            if (claim is not null && claim.Sha256 == sha256 && claim.Size == body.Length && BlobClaims.Wrong(claim, long.MaxValue) is null)
            {
                return claim;
            }

            damage = claim is null ? "the claim holds null" : $"the claim says {claim.Size} bytes of {claim.Sha256}, the body has {body.Length}";
        }
        catch (JsonException unreadable)
        {
            damage = unreadable.Message;
        }
        catch (FileNotFoundException)
        {
            // Removed just now.
            return null;
        }

        SetAside(sha256, damage);
        return null;
    }

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

        if (!HasPart(claim, chunkSize))
        {
            return [.. Enumerable.Range(0, (int)Math.Min(atMost, (claim.Size + chunkSize - 1) / chunkSize))];
        }

        if (PartOf(claim, chunkSize) is not { } part)
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
        lock (gate)
        {
            foreach (string file in open.Keys.Where(file => IsOf(file, claim)).ToArray())
            {
                open.Remove(file);
            }

            foreach (string file in delete ? Directory.EnumerateFiles(parts, $"{claim.Sha256}.{claim.Size}.*").ToArray() : [])
            {
                File.Delete(file);
            }
        }
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

        if (PartOf(claim, chunkSize) is not { } part)
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
    public BlobChunk? ReadChunk(string sha256, int index, string agentId, int chunkSize = 0)
    {
        if (Find(sha256) is not { } claim || index < 0)
        {
            return null;
        }

        claim = chunkSize == 0 ? claim : claim with { ChunkSize = chunkSize };
        if (BlobClaims.WrongChunkSize(claim, claim.ChunkSize) is not null || index >= BlobClaims.Chunks(claim))
        {
            return null;
        }

        byte[] content = new byte[BlobClaims.ChunkLength(claim, index)];
        using FileStream body = OpenRead(sha256);
        body.Position = (long)index * claim.ChunkSize;
        body.ReadExactly(content);
        return new BlobChunk
        {
            AgentId = agentId,
            Sha256 = sha256,
            Index = index,
            ChunkSize = chunkSize,
            ChunkSha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            Content = content,
        };
    }

    /// <summary>The file of a body that is here, for readers that map it; never to be written.</summary>
    /// <exception cref="FileNotFoundException">The body is not here.</exception>
    public string FileOf(string sha256) => Contains(sha256) ? BodyPath(sha256) : throw new FileNotFoundException($"The body {sha256} is not in {folder}.");

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
        if (BlobClaims.IsSha256(sha256) && Directory.Exists(Path.GetDirectoryName(BodyPath(sha256))))
        {
            File.Delete(ClaimPath(sha256));
            File.Delete(BodyPath(sha256));
        }
    }

    /// <summary>Removes what has come of bodies that nobody needs any more and that are not complete.</summary>
    public void RemoveParts(IReadOnlySet<string> sha256)
    {
        ArgumentNullException.ThrowIfNull(sha256);
        lock (gate)
        {
            foreach (string file in Directory.EnumerateFiles(parts).Where(file => sha256.Contains(HashOf(file))).ToArray())
            {
                open.Remove(BlobPart.FileOf(file));
                File.Delete(file);
            }
        }
    }

    /// <summary>Hashes of all bodies of which something is here, complete or not.</summary>
    public IReadOnlySet<string> Held() => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetDirectoryName(file) != aside)
        .Select(HashOf)
        .Where(BlobClaims.IsSha256)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Removes every other body, and what is left of unfinished ones. Only for a store whose owner knows that no transfer is under way.</summary>
    public void KeepOnly(IReadOnlyCollection<string> sha256)
    {
        string[] others = [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Where(file => Path.GetDirectoryName(file) != aside)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Except(sha256, StringComparer.Ordinal)];
        foreach (string other in others)
        {
            Remove(other);
        }

        lock (gate)
        {
            foreach (string part in Directory.EnumerateFiles(parts).ToArray())
            {
                File.Delete(part);
            }

            open.Clear();
        }
    }

    /// <summary>Checks and takes over a body whose last chunk has come. It stays open until then, so that nobody begins it anew meanwhile.</summary>
    private ChunkOutcome Complete(BlobClaim claim, BlobPart part)
    {
        ChunkOutcome outcome = TakeOver(claim, part);
        lock (gate)
        {
            open.Remove(part.File);
        }

        return outcome;
    }

    private ChunkOutcome TakeOver(BlobClaim claim, BlobPart part)
    {
        using (FileStream body = new(part.File, FileMode.Open, FileAccess.ReadWrite))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(body)) != claim.Sha256)
            {
                body.Dispose();
                part.Delete();
                return ChunkOutcome.BodyCorrupt;
            }

            body.Flush(flushToDisk: true);
        }

        Adopt(claim, part.File);
        part.ForgetMap();
        return ChunkOutcome.BodyComplete;
    }

    /// <summary>Claim first, body last: a body without a claim never shows.</summary>
    private void Adopt(BlobClaim claim, string file)
    {
        string home = Path.GetDirectoryName(BodyPath(claim.Sha256))!;
        if (!Directory.Exists(home))
        {
            PrivateFolder.Create(home);
            FolderSync.Flush(folder);
        }

        AtomicFile.Write(ClaimPath(claim.Sha256), stream => JsonSerializer.Serialize(stream, claim));
        AtomicFile.Adopt(file, BodyPath(claim.Sha256));
    }

    /// <summary>The body's unfinished part; null if another thread has just finished it.</summary>
    private BlobPart? PartOf(BlobClaim claim, int chunkSize)
    {
        string file = PartPath(claim, chunkSize);
        lock (gate)
        {
            if (open.TryGetValue(file, out BlobPart? part))
            {
                part.Used = ++uses;
                return part;
            }

            if (Contains(claim.Sha256))
            {
                return null;
            }

            if (open.Count >= limits.MaxParts)
            {
                // What came of it lies on the disk.
                open.Remove(open.MinBy(each => each.Value.Used).Key);
            }

            if (++begun % Math.Max(1, limits.MaxPartFiles / 16) == 0)
            {
                RemoveOldestParts();
            }

            part = BlobPart.Open(claim, BlobPart.BlockSize(chunkSize), file);
            if (part.IsFull)
            {
                // A crash between the last chunk and the check: the last chunk comes again.
                part.Lose(0, chunkSize);
            }

            part.Used = ++uses;
            open.Add(file, part);
            return part;
        }
    }

    private bool HasPart(BlobClaim claim, int chunkSize)
    {
        string file = PartPath(claim, chunkSize);
        lock (gate)
        {
            return open.ContainsKey(file) || BlobPart.Exists(file);
        }
    }

    /// <summary>Size and size of blocks are part of the name: two claims that disagree do not disturb each other.</summary>
    private string PartPath(BlobClaim claim, int chunkSize) => Path.Combine(parts, $"{claim.Sha256}.{claim.Size}.{BlobPart.BlockSize(chunkSize)}");

    /// <summary>The hash that a file of this folder begins with.</summary>
    private static string HashOf(string file) => Path.GetFileName(file).Split('.')[0];

    private static bool IsOf(string file, BlobClaim claim) => Path.GetFileName(file).StartsWith($"{claim.Sha256}.{claim.Size}.", StringComparison.Ordinal);

    /// <summary>Parts in hand stay, whatever their age.</summary>
    private void RemoveOldestParts()
    {
        FileInfo[] files = [.. new DirectoryInfo(parts).EnumerateFiles()];
        IEnumerable<FileInfo> oldest = files.OrderByDescending(file => file.LastWriteTimeUtc).Skip(2 * limits.MaxPartFiles);
        foreach (FileInfo file in oldest.Where(file => !open.ContainsKey(BlobPart.FileOf(file.FullName))))
        {
            file.Delete();
        }
    }

    /// <summary>Moves a damaged body out of the way: it can be looked into, and the same body can come again.</summary>
    private void SetAside(string sha256, string damage)
    {
        PrivateFolder.Create(aside);
        foreach (string file in new[] { ClaimPath(sha256), BodyPath(sha256) })
        {
            File.Move(file, Path.Combine(aside, Path.GetFileName(file)), overwrite: true);
        }

        log?.BodyDamaged(sha256, aside, damage);
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

    private string BodyPath(string sha256) => Path.Combine(folder, sha256[..2], sha256);

    private string ClaimPath(string sha256) => BodyPath(sha256) + ".json";
}
