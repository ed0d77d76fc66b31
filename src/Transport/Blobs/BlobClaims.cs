using System.Buffers;
using System.Security.Cryptography;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Checks claims, and says how a body is cut into chunks.</summary>
public static class BlobClaims
{
    private const int MaxCodecLength = 64;

    // One byte each in memory: a hostile claim of 2 GiB in one-byte chunks must not cost more than this.
    private const int MaxChunks = 1 << 20;

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a text is a lower-case hexadecimal SHA-256; only such names ever become paths.</summary>
    public static bool IsSha256(string? text) =>
        text is { Length: 64 } && !text.AsSpan().ContainsAnyExcept(Hexadecimal);

    /// <summary>Says in a sentence what is wrong with a claim; null if nothing is.</summary>
    public static string? Wrong(BlobClaim claim, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (!IsSha256(claim.Sha256))
        {
            return "The body's name is no lower-case hexadecimal SHA-256 of 64 characters.";
        }

        if (claim.Size < 1 || claim.Size > maxBytes)
        {
            return $"The body has {claim.Size} bytes; 1 … {maxBytes} are allowed.";
        }

        if (WrongChunkSize(claim, claim.ChunkSize) is { } wrong)
        {
            return wrong;
        }

        return string.IsNullOrEmpty(claim.Codec)
            || claim.Codec.Length > MaxCodecLength
            || !claim.Codec.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':')
            ? $"The codec's name must have 1 … {MaxCodecLength} letters, digits or the signs - _ . :."
            : null;
    }

    /// <summary>Says in a sentence why a body may not be cut into chunks of this size; null if it may.</summary>
    public static string? WrongChunkSize(BlobClaim claim, int chunkSize)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (chunkSize is < 1 or > WireLimits.MaxChunkBytes)
        {
            return $"The chunk size is {chunkSize} bytes; 1 … {WireLimits.MaxChunkBytes} are allowed.";
        }

        return (claim.Size + chunkSize - 1) / chunkSize > MaxChunks
            ? $"A body of {claim.Size} bytes in chunks of {chunkSize} has more than {MaxChunks} chunks."
            : null;
    }

    /// <summary>Chunks of a valid claim.</summary>
    public static long Chunks(BlobClaim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return (claim.Size + claim.ChunkSize - 1) / claim.ChunkSize;
    }

    /// <summary>Bytes of one chunk of a valid claim: the chunk size but for the last.</summary>
    public static int ChunkLength(BlobClaim claim, int index)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return (int)Math.Min(claim.ChunkSize, claim.Size - ((long)index * claim.ChunkSize));
    }

    /// <summary>One chunk of a body, ready to send.</summary>
    /// <param name="chunkSize">Bytes of the chunks meant; 0: as the claim says.</param>
    /// <param name="read">Fills a buffer from a position of the body, in bytes.</param>
    /// <returns>Null if the body has no such chunk.</returns>
    public static BlobChunk? Chunk(BlobClaim claim, int index, string agentId, int chunkSize, Action<long, byte[]> read)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(read);
        BlobClaim cut = chunkSize == 0 ? claim : claim with { ChunkSize = chunkSize };
        if (index < 0 || WrongChunkSize(cut, cut.ChunkSize) is not null || index >= Chunks(cut))
        {
            return null;
        }

        byte[] content = new byte[ChunkLength(cut, index)];
        read((long)index * cut.ChunkSize, content);
        return new BlobChunk
        {
            AgentId = agentId,
            Sha256 = claim.Sha256,
            Index = index,
            ChunkSize = chunkSize,
            ChunkSha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            Content = content,
        };
    }
}
