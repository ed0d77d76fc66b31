using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Writes safetensors files. Same tensors, same bytes: larger element types first, then by name (ordinal), as the reference implementation does.</summary>
public static class SafetensorsWriter
{
    /// <summary>Data begins at a multiple of this, so that readers may map any element type in place.</summary>
    private const int Alignment = 8;

    /// <summary>Most bytes of values in <see cref="Bytes"/>: what an array holds, less the longest header.</summary>
    public static readonly long MaxBytes = Array.MaxLength - SafetensorsHeader.MaxBytes;

    /// <summary>Writes the file atomically: old content or new, never a part.</summary>
    /// <exception cref="AdapterFormatException">A tensor's shape, name, type or values cannot be stored; no file is touched.</exception>
    public static void Write(string path, IReadOnlyCollection<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<TensorData> ordered = Order(tensors, path);
        AtomicFile.Write(path, stream => Write(stream, ordered, metadata));
    }

    /// <summary>The whole file in memory, for a body that is sent; at most 2 GiB.</summary>
    /// <param name="what">What is being written, for messages.</param>
    /// <exception cref="AdapterFormatException">A tensor's shape, name, type or values cannot be stored, or there are too many values.</exception>
    public static byte[] Bytes(IReadOnlyCollection<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata, string what)
    {
        List<TensorData> ordered = Order(tensors, what);
        long values = ordered.Sum(tensor => (long)tensor.Values.Length * tensor.Type.Bytes());
        if (values > MaxBytes)
        {
            throw new AdapterFormatException($"{what} takes {values} bytes, at most {MaxBytes} make one body.");
        }

        int header = Header(ordered, metadata).Length;
        byte[] file = new byte[SafetensorsHeader.PrefixBytes + header + Padding(header) + values];
        using var stream = new MemoryStream(file);
        Write(stream, ordered, metadata);
        return file;
    }

    private static List<TensorData> Order(IReadOnlyCollection<TensorData> tensors, string path)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorData tensor in tensors)
        {
            TensorName.Check(tensor.Name, path);
            Check(tensor, path);
            if (tensor.Name == SafetensorsHeader.MetadataName || !names.Add(tensor.Name))
            {
                throw new AdapterFormatException($"{path}: the name '{tensor.Name}' is reserved or given to two tensors.");
            }
        }

        return [.. tensors.OrderByDescending(t => t.Type.Bytes()).ThenBy(t => t.Type).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    private static void Check(TensorData tensor, string path)
    {
        if (!SinglePrecision.CanNarrow(tensor.Type))
        {
            throw new AdapterFormatException($"{path}: tensor '{tensor.Name}' is to be written as {tensor.Type.Name()}, expected F32, F16 or BF16.");
        }

        Int128 count = tensor.Shape.Aggregate(Int128.One, (product, d) => d < 0 || product > long.MaxValue ? -1 : product * d);
        if (count != tensor.Values.Length)
        {
            throw new AdapterFormatException($"{path}: tensor '{tensor.Name}' [{string.Join('×', tensor.Shape)}] has {tensor.Values.Length} values.");
        }

        FiniteValues.Check(tensor.Values.Span, SinglePrecision.Largest(tensor.Type), $"{path}: tensor '{tensor.Name}'", tensor.Type.Name());
    }

    private static void Write(Stream stream, List<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ReadOnlySpan<byte> header = Header(tensors, metadata);
        int padding = Padding(header.Length);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)(header.Length + padding));
        stream.Write(prefix);
        stream.Write(header);
        stream.Write("       "u8[..padding]);

        byte[] buffer = new byte[1 << 16];
        foreach (TensorData tensor in tensors)
        {
            int size = tensor.Type.Bytes();
            int piece = buffer.Length / size;
            for (int done = 0; done < tensor.Values.Length; done += piece)
            {
                ReadOnlySpan<float> source = tensor.Values.Span[done..Math.Min(done + piece, tensor.Values.Length)];
                SinglePrecision.Narrow(tensor.Type, source, buffer.AsSpan(0, source.Length * size));
                stream.Write(buffer, 0, source.Length * size);
            }
        }
    }

    private static int Padding(int header) => (Alignment - (header % Alignment)) % Alignment;

    private static ReadOnlySpan<byte> Header(List<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            writer.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        long position = 0;
        foreach (TensorData tensor in tensors)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.Name());
            WriteNumbers(writer, "shape", tensor.Shape.Select(d => (long)d));
            long end = position + ((long)tensor.Values.Length * tensor.Type.Bytes());
            WriteNumbers(writer, "data_offsets", [position, end]);
            position = end;
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return json.WrittenSpan;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
