using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Reads <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal static class SafetensorsIndex
{
    private const long MaxBytes = SafetensorsHeader.MaxBytes;

    /// <summary>Tensor name → shard's file name; every shard name is that of a file directly in the index's folder.</summary>
    /// <exception cref="AdapterFormatException">Malformed, too large, or a shard's name leaves the folder.</exception>
    public static SortedDictionary<string, string> Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
        {
            throw new AdapterFormatException($"{path}: the index takes {length} bytes, at most {MaxBytes} are read.");
        }

        try
        {
            using JsonDocument document = ReadableJson.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new AdapterFormatException($"{path}: the index lacks the object weight_map (tensor name → shard).");
            }

            var shards = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                TensorName.Check(entry.Name, path);
                string shard = entry.Value.GetString() ?? string.Empty;
                CheckShard(shard, path);
                shards.Add(entry.Name, shard);
            }

            return shards;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a value that is no string, or a string that is not valid UTF-8.
            throw new AdapterFormatException($"{path}: the index is not well-formed: {ReadableJson.Describe(e)}.", e);
        }
    }

    private static void CheckShard(string shard, string path)
    {
        // Both separators and the drive colon are refused on every system, so that a folder means the same everywhere.
        if (!shard.EndsWith(".safetensors", StringComparison.Ordinal)
            || shard.Length > 255
            || shard.Any(c => c is '/' or '\\' or ':' || char.IsControl(c)))
        {
            throw new AdapterFormatException(
                $"{path}: the shard '{TensorName.Shorten(shard)}' is not the name of a .safetensors file in the same folder.");
        }
    }
}
