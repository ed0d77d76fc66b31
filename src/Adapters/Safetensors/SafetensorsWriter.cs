using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>
/// Writes safetensors files. Same tensors, same bytes: larger element types first, then by name (ordinal), as the reference implementation does.
/// </summary>
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
        List<TensorSource> ordered = Sources(tensors, path);
        AtomicFile.Write(path, stream => Write(stream, ordered, metadata, path));
    }

    /// <summary>The whole file in memory, for a body that is sent; at most 2 GiB.</summary>
    /// <param name="what">What is being written, for messages.</param>
    /// <exception cref="AdapterFormatException">A tensor's shape, name, type or values cannot be stored, or there are too many values.</exception>
    public static byte[] Bytes(IReadOnlyCollection<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata, string what)
    {
        List<TensorSource> ordered = Sources(tensors, what);
        long values = ordered.Sum(tensor => tensor.ByteLength);
        if (values > MaxBytes)
        {
            throw new AdapterFormatException($"{what} takes {values} bytes, at most {MaxBytes} make one body.");
        }

        int header = Header(ordered, metadata).Length;
        byte[] file = new byte[SafetensorsHeader.PrefixBytes + header + Padding(header) + values];
        using var stream = new MemoryStream(file);
        Write(stream, ordered, metadata, what);
        return file;
    }

    /// <summary>
    /// As <see cref="Write(string, IReadOnlyCollection{TensorData}, IReadOnlyDictionary{string, string}?)"/>, for tensors that are made one at a
    /// time.
    /// </summary>
    /// <exception cref="AdapterFormatException">
    /// A name, shape or type cannot be stored, or a tensor writes another number of bytes; nothing is left behind.
    /// </exception>
    internal static void Write(string path, IReadOnlyCollection<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        List<TensorSource> ordered = Order(tensors, path);
        AtomicFile.Write(path, stream => Write(stream, ordered, metadata, path));
    }

    /// <summary>Writes values in the form a file has them.</summary>
    internal static void WriteValues(Stream stream, TensorType type, ReadOnlySpan<float> values)
    {
        byte[] buffer = new byte[1 << 16];
        int size = type.Bytes();
        int piece = buffer.Length / size;
        for (int done = 0; done < values.Length; done += piece)
        {
            ReadOnlySpan<float> source = values[done..Math.Min(done + piece, values.Length)];
            SinglePrecision.Narrow(type, source, buffer.AsSpan(0, source.Length * size));
            stream.Write(buffer, 0, source.Length * size);
        }
    }

    private static List<TensorSource> Sources(IReadOnlyCollection<TensorData> tensors, string path)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        TensorSource[] sources =
        [
            .. tensors.Select(tensor => new TensorSource(
                tensor.Name, tensor.Shape, tensor.Type, stream => WriteValues(stream, tensor.Type, tensor.Values.Span))),
        ];
        List<TensorSource> ordered = Order(sources, path);
        foreach (TensorData tensor in tensors)
        {
            Check(tensor, path);
        }

        return ordered;
    }

    private static List<TensorSource> Order(IReadOnlyCollection<TensorSource> tensors, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorSource tensor in tensors)
        {
            TensorName.Check(tensor.Name, path);
            if (tensor.ByteLength < 0)
            {
                throw new AdapterFormatException($"{path}: tensor '{tensor.Name}' [{string.Join('×', tensor.Shape)}] has a shape that cannot be.");
            }

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

        if (tensor.Shape.Aggregate(1L, (product, d) => product * d) != tensor.Values.Length)
        {
            throw new AdapterFormatException($"{path}: tensor '{tensor.Name}' [{string.Join('×', tensor.Shape)}] has {tensor.Values.Length} values.");
        }

        FiniteValues.Check(tensor.Values.Span, SinglePrecision.Largest(tensor.Type), $"{path}: tensor '{tensor.Name}'", tensor.Type.Name());
    }

    private static void Write(Stream stream, List<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata, string path)
    {
        ReadOnlySpan<byte> header = Header(tensors, metadata);
        int padding = Padding(header.Length);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)(header.Length + padding));
        stream.Write(prefix);
        stream.Write(header);
        stream.Write("       "u8[..padding]);
        foreach (TensorSource tensor in tensors)
        {
            long start = stream.Position;
            tensor.Write(stream);
            if (stream.Position - start != tensor.ByteLength)
            {
                throw new AdapterFormatException(
                    $"{path}: tensor '{tensor.Name}' came to {stream.Position - start} bytes, expected {tensor.ByteLength}.");
            }
        }
    }

    private static int Padding(int header) => (Alignment - (header % Alignment)) % Alignment;

    private static ReadOnlySpan<byte> Header(List<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata)
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
        foreach (TensorSource tensor in tensors)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.Name());
            WriteNumbers(writer, "shape", tensor.Shape.Select(d => (long)d));
            long end = position + tensor.ByteLength;
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
