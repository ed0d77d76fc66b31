using System.Buffers;
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
}
