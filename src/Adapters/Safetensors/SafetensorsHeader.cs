using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Reads the JSON header of a safetensors file and believes nothing that the file's length does not bear out.</summary>
/// <remarks>
/// The format: 8 bytes header length (little-endian), the header, the tensors' bytes. As in the reference implementation, the tensors must cover
/// the data exactly, without gap or overlap, and a header may not exceed 100 MB. Source: the format page of Hugging Face's safetensors.
/// </remarks>
internal static class SafetensorsHeader
{
    public const int PrefixBytes = 8;

    public const long MaxBytes = 100_000_000;

    public const string MetadataName = "__metadata__";

    /// <summary>Far beyond any real tensor; it bounds what a hostile header can make us hold per byte of its own.</summary>
    private const int MaxDimensions = 16;

    /// <param name="json">The header's bytes, padding included.</param>
    /// <param name="dataLength">Bytes in the file after the header.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="AdapterFormatException">Malformed, inconsistent with itself or with <paramref name="dataLength"/>.</exception>
    public static (SortedDictionary<string, TensorInfo> Tensors, SortedDictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var tensors = new SortedDictionary<string, TensorInfo>(StringComparer.Ordinal);
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        bool metadataSeen = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject, path, "its header is not a JSON object");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == MetadataName)
                {
                    Expect(!metadataSeen, path, $"{MetadataName} occurs twice in its header");
                    metadataSeen = true;
                    ReadMetadata(ref reader, metadata, path);
                    continue;
                }

                TensorName.Check(name, path);
                TensorInfo tensor = ReadTensor(ref reader, name, json.Length + PrefixBytes, dataLength, path);
                Expect(tensors.TryAdd(name, tensor), path, $"tensor '{name}' occurs twice in its header");
            }

            Expect(!reader.Read(), path, "its header goes on after the JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8, or a token of another kind than asked for.
            throw new AdapterFormatException($"{path}: its header is not well-formed JSON of the safetensors format: {ReadableJson.Describe(e)}.", e);
        }

        CheckCoverage(tensors.Values, json.Length + PrefixBytes, dataLength, path);
        return (tensors, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, SortedDictionary<string, string> metadata, string path)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, path, $"{MetadataName} is no JSON object of strings");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.String, path, $"{MetadataName} holds a value that is no string");
            Expect(metadata.TryAdd(key, reader.GetString()!), path, $"{MetadataName} holds a key twice");
        }
    }

    private static TensorInfo ReadTensor(ref Utf8JsonReader reader, string name, long dataStart, long dataLength, string path)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, path, $"tensor '{name}' is described by no JSON object");
        TensorType? type = null;
        int[]? shape = null;
        long[]? offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    string spelling = reader.GetString() ?? "null";
                    type = TensorTypeNames.Parse(spelling)
                        ?? throw Refusal(
                            path, $"tensor '{name}' has the unknown dtype '{TensorName.Shorten(spelling)}', expected one of {TensorTypeNames.All}");
                    break;
                case "shape" when shape is null:
                    shape = [.. ReadNumbers(ref reader, name, key, MaxDimensions, int.MaxValue, path).Select(d => (int)d)];
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, key, 2, long.MaxValue, path);
                    Expect(offsets.Length == 2, path, $"tensor '{name}' has {offsets.Length} data_offsets, expected 2");
                    break;
                default:
                    throw Refusal(
                        path, $"tensor '{name}' has the key '{TensorName.Shorten(key)}', expected dtype, shape and data_offsets, once each");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw Refusal(path, $"tensor '{name}' lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        }

        (long begin, long end) = (offsets[0], offsets[1]);
        Expect(begin <= end && end <= dataLength, path, $"tensor '{name}' has data_offsets [{begin}, {end}], outside the {dataLength} bytes of data");
        UInt128 bytes = shape.Aggregate((UInt128)type.Value.Bytes(), (product, d) => UInt128.Min(product * (uint)d, ulong.MaxValue));
        Expect(
            bytes == (UInt128)(end - begin), path,
            $"tensor '{name}' takes {end - begin} bytes, but {type.Value.Name()} [{string.Join('×', shape)}] takes {bytes}");
        return new TensorInfo(name, type.Value, shape, dataStart + begin, end - begin);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key, int maxCount, long maxValue, string path)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, path, $"{key} of tensor '{name}' is no array");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(numbers.Count < maxCount, path, $"{key} of tensor '{name}' has more than {maxCount} entries");
            Expect(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0 && number <= maxValue, path,
                $"{key} of tensor '{name}' has an entry that is no whole number in 0 … {maxValue}");
            numbers.Add(reader.GetInt64());
        }

        return [.. numbers];
    }

    private static void CheckCoverage(IEnumerable<TensorInfo> tensors, long dataStart, long dataLength, string path)
    {
        long position = dataStart;
        foreach (TensorInfo tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            Expect(
                tensor.Offset == position, path,
                $"tensor '{tensor.Name}' begins at byte {tensor.Offset - dataStart} of the data, expected {position - dataStart}: tensors must "
                + "neither overlap nor leave gaps");
            position += tensor.ByteLength;
        }

        long covered = position - dataStart;
        Expect(covered == dataLength, path, $"its tensors take {covered} bytes, but {dataLength} bytes of data follow the header");
    }

    private static void Expect(bool condition, string path, string problem)
    {
        if (!condition)
        {
            throw Refusal(path, problem);
        }
    }

    private static AdapterFormatException Refusal(string path, string problem) => new($"{path}: {problem}.");
}
