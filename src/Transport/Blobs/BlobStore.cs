using System.Security.Cryptography;
using System.Text.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Binary bodies in a folder, named by their SHA-256. Safe for use by several threads of one process; a second process needs a folder of its own.</summary>
/// <remarks>
/// A body is there in full or not at all: it is assembled aside, checked against its name, flushed to disk and renamed.
/// Its claim (size, chunk size, codec) lies beside it as JSON. Names are checked before they become paths.
/// </remarks>
public sealed class BlobStore
{
    private readonly string folder;
    private readonly string parts;
    private readonly BlobLimits limits;
    private readonly Lock gate = new();
    private readonly Dictionary<string, BlobPart> open = new(StringComparer.Ordinal);

    /// <summary>Opens or makes the folder; unfinished bodies of an earlier process can be continued.</summary>
    public BlobStore(string folder, BlobLimits? limits = null)
    {
        this.folder = folder;
        this.limits = limits ?? new BlobLimits();
        parts = Path.Combine(folder, "parts");
        Directory.CreateDirectory(parts);
    }

    /// <summary>Stores a body of this process's own. Storing the same bytes again changes nothing.</summary>
    /// <param name="chunkSize">Bytes per chunk when it is sent; 1 … <see cref="WireLimits.MaxChunkBytes"/>.</param>
    /// <exception cref="BlobRefusedException">The body is empty or larger than the limit, or chunk size or codec are not allowed.</exception>
    public BlobClaim Put(ReadOnlyMemory<byte> body, string codec, int chunkSize = WireLimits.ChunkBytes)
    {
        var claim = new BlobClaim { Sha256 = Convert.ToHexStringLower(SHA256.HashData(body.Span)), Size = body.Length, ChunkSize = chunkSize, Codec = codec };
        Check(claim);
        if (Find(claim.Sha256) is { } existing)
        {
            return existing;
        }

        string temporary = Path.Combine(parts, $"{claim.Sha256}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.put");
        using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write))
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
        if (!BlobClaims.IsSha256(sha256) || !File.Exists(BodyPath(sha256)) || !File.Exists(ClaimPath(sha256)))
        {
            return null;
        }

        return JsonSerializer.Deserialize<BlobClaim>(File.ReadAllBytes(ClaimPath(sha256)));
    }

    /// <summary>The chunks of a claimed body that are not here yet, ascending; none if it is complete.</summary>
    /// <param name="atMost">Longest list wanted.</param>
    /// <exception cref="BlobRefusedException">The claim is not allowed, contradicts the body that is here, or too many bodies are incomplete.</exception>
    public IReadOnlyList<int> Missing(BlobClaim claim, int atMost = int.MaxValue)
    {
        Check(claim);
        if (Find(claim.Sha256) is { } existing)
        {
            return existing.Size == claim.Size
                ? []
                : throw new BlobRefusedException($"The body {claim.Sha256} has {existing.Size} bytes, not {claim.Size}.");
        }

        if (PartOf(claim) is not { } part)
        {
            return [];
        }

        lock (part.Gate)
        {
            return part.Missing(atMost);
        }
    }

    /// <summary>Stores one chunk of a claimed body. The same chunk may come any number of times, chunks in any order.</summary>
    /// <exception cref="BlobRefusedException">The claim is not allowed, or too many bodies are incomplete.</exception>
    public ChunkOutcome AddChunk(BlobClaim claim, BlobChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        Check(claim);
        if (chunk.Index < 0 || chunk.Index >= BlobClaims.Chunks(claim))
        {
            return ChunkOutcome.WrongIndex;
        }

        if (chunk.Content.Length != BlobClaims.ChunkLength(claim, chunk.Index))
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

        if (PartOf(claim) is not { } part)
        {
            return ChunkOutcome.AlreadyHeld;
        }

        lock (part.Gate)
        {
            if (part.MissingCount == 0 || part.Holds(chunk.Index))
            {
                return ChunkOutcome.AlreadyHeld;
            }

            part.Write(chunk.Index, chunk.Content.Span);
            return part.MissingCount > 0 ? ChunkOutcome.Stored : Complete(part);
        }
    }

    /// <summary>One chunk of a body that is here, ready to send; null if the body is not here or has no such chunk.</summary>
    public BlobChunk? ReadChunk(string sha256, int index, string agentId)
    {
        if (Find(sha256) is not { } claim || index < 0 || index >= BlobClaims.Chunks(claim))
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

    /// <summary>Removes a body that nobody needs any more.</summary>
    public void Remove(string sha256)
    {
        if (BlobClaims.IsSha256(sha256))
        {
            File.Delete(ClaimPath(sha256));
            File.Delete(BodyPath(sha256));
        }
    }

    /// <summary>Removes every other body, and what is left of unfinished ones. Only for a store whose owner knows that no transfer is under way.</summary>
    public void KeepOnly(IReadOnlyCollection<string> sha256)
    {
        string[] others = [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)).Except(sha256, StringComparer.Ordinal)];
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
    private ChunkOutcome Complete(BlobPart part)
    {
        ChunkOutcome outcome = TakeOver(part);
        lock (gate)
        {
            open.Remove(part.File);
        }

        return outcome;
    }

    private ChunkOutcome TakeOver(BlobPart part)
    {
        using (FileStream body = new(part.File, FileMode.Open, FileAccess.ReadWrite))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(body)) != part.Claim.Sha256)
            {
                body.Dispose();
                part.Delete();
                return ChunkOutcome.BodyCorrupt;
            }

            body.Flush(flushToDisk: true);
        }

        Adopt(part.Claim, part.File);
        part.ForgetMap();
        return ChunkOutcome.BodyComplete;
    }

    /// <summary>Claim first, body last: a body without a claim never shows.</summary>
    private void Adopt(BlobClaim claim, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(BodyPath(claim.Sha256))!);
        string temporary = file + ".claim";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(claim));
        File.Move(temporary, ClaimPath(claim.Sha256), overwrite: true);
        File.Move(file, BodyPath(claim.Sha256), overwrite: true);
    }

    /// <summary>The body's unfinished part; null if another thread has just finished it.</summary>
    private BlobPart? PartOf(BlobClaim claim)
    {
        // Size and chunk size are part of the name: two claims that disagree do not disturb each other.
        string file = Path.Combine(parts, $"{claim.Sha256}.{claim.Size}.{claim.ChunkSize}");
        lock (gate)
        {
            if (open.TryGetValue(file, out BlobPart? part))
            {
                return part;
            }

            if (Contains(claim.Sha256))
            {
                return null;
            }

            if (open.Count >= limits.MaxParts)
            {
                throw new BlobRefusedException($"{open.Count} bodies are incomplete already; try again later.");
            }

            part = BlobPart.Open(claim, file);
            if (part.MissingCount == 0)
            {
                // A crash between the last chunk and the check: the last chunk comes again.
                part.Delete();
                part = BlobPart.Open(claim, file);
            }

            open.Add(file, part);
            return part;
        }
    }

    private void Check(BlobClaim claim)
    {
        if (BlobClaims.Wrong(claim, limits.MaxBlobBytes) is { } wrong)
        {
            throw new BlobRefusedException(wrong);
        }
    }

    private string BodyPath(string sha256) => Path.Combine(folder, sha256[..2], sha256);

    private string ClaimPath(string sha256) => BodyPath(sha256) + ".json";
}
