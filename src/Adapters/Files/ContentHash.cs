using System.Security.Cryptography;

namespace EdgeFlora.Adapters.Files;

/// <summary>SHA-256 in lower-case hexadecimal: how files and payloads are named and compared everywhere in EdgeFlora.</summary>
public static class ContentHash
{
    public static string Sha256(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Hash of what a stream still holds, read in pieces.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static string Sha256(Stream content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Hash of the file at <paramref name="path"/>, read in pieces.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        FileStream stream = new(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }
}
