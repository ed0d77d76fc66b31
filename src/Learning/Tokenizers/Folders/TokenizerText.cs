using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>Reads a tokenizer's files, their size checked first.</summary>
internal static class TokenizerText
{
    /// <summary>Largest file read; those of vocabularies with a quarter of a million tokens have 35 MiB.</summary>
    private const long MaxBytes = 64L << 20;

    /// <exception cref="InvalidDataException">The file is too large.</exception>
    public static byte[] Bytes(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= MaxBytes
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"the file has {length:N0} bytes; a tokenizer's has at most {MaxBytes:N0}.");
    }

    /// <summary>A byte-order mark at the beginning is passed over.</summary>
    /// <exception cref="InvalidDataException">The file is too large or not JSON.</exception>
    public static JsonDocument Json(string path)
    {
        byte[] bytes = Bytes(path);
        try
        {
            return JsonDocument.Parse(bytes.AsMemory(bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"the file is not JSON: {Reason(bytes, e)}.", e);
        }
    }

    private static string Reason(byte[] bytes, JsonException broken)
    {
        try
        {
            ReadableJson.Parse(bytes).Dispose();
        }
        catch (JsonException known)
        {
            // It may be no JSON at all.
            broken = known;
        }

        return ReadableJson.Describe(broken);
    }

    /// <summary>Calls <paramref name="read"/>; a complaint then begins with the file's path.</summary>
    public static T Naming<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
