using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>A memory-mapped safetensors file whose header has been checked. Reading is thread-safe; disposing while another thread reads is not.</summary>
/// <remarks>
/// The file must not shrink while it is open: the operating system would end the process on the next access.
/// <see cref="Files.AtomicFile"/> never does that to a file, it puts a new one in its place.
/// </remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly SortedDictionary<string, TensorInfo> tensors;
    private byte* origin;

    private SafetensorsFile(string path, long length, FileStream stream)
    {
        Path = path;
        mapping = MemoryMappedFile.CreateFromFile(stream, mapName: null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref origin);
        try
        {
            int headerLength = HeaderLength(path, length);
            var header = new ReadOnlySpan<byte>(origin + SafetensorsHeader.PrefixBytes, headerLength);
            (tensors, SortedDictionary<string, string> metadata) =
                SafetensorsHeader.Parse(header, length - SafetensorsHeader.PrefixBytes - headerLength, path);
            Metadata = metadata;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>All tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>The file's <c>__metadata__</c>; empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps the file and checks its header; no tensor is read yet.</summary>
    /// <exception cref="AdapterFormatException">Not a safetensors file, or one that contradicts itself.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            long length = stream.Length;
            if (length < SafetensorsHeader.PrefixBytes + 2)
            {
                throw new AdapterFormatException($"{path}: {length} bytes are too few for a safetensors file, whose smallest header is {SafetensorsHeader.PrefixBytes + 2} bytes.");
            }

            return new SafetensorsFile(path, length, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The tensor's bytes in the mapping, little-endian, possibly unaligned; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="AdapterFormatException">There is no such tensor, or it exceeds 2 GiB.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        TensorInfo tensor = Find(name);
        if (tensor.ByteLength > int.MaxValue)
        {
            throw new AdapterFormatException($"{Path}: tensor '{name}' takes {tensor.ByteLength} bytes, at most {int.MaxValue} can be read as one piece.");
        }

        return new ReadOnlySpan<byte>(origin + tensor.Offset, (int)tensor.ByteLength);
    }

    /// <summary>The tensor's values as single precision.</summary>
    /// <exception cref="AdapterFormatException">There is no such tensor, it is no F32, F16, BF16 or F64, or it has too many elements for an array.</exception>
    public float[] ReadSingles(string name)
    {
        TensorInfo tensor = Find(name);
        if (tensor.Count > Array.MaxLength)
        {
            throw new AdapterFormatException($"{Path}: tensor '{name}' has {tensor.Count} elements, at most {Array.MaxLength} fit an array.");
        }

        RequireNumbers(tensor);
        float[] values = new float[tensor.Count];
        ReadSingles(name, start: 0, values);
        return values;
    }

    /// <summary>Fills <paramref name="destination"/> with the elements from <paramref name="start"/> on: for tensors read row by row.</summary>
    /// <exception cref="AdapterFormatException">There is no such tensor, or it is no F32, F16, BF16 or F64.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements asked for lie outside the tensor.</exception>
    public void ReadSingles(string name, long start, Span<float> destination)
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        TensorInfo tensor = Find(name);
        RequireNumbers(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Count - destination.Length);

        // In pieces, because a span counts bytes in an int and F64 takes eight of them per value.
        const int Piece = 1 << 20;
        int size = tensor.Type.Bytes();
        for (int done = 0; done < destination.Length; done += Piece)
        {
            int count = Math.Min(Piece, destination.Length - done);
            var source = new ReadOnlySpan<byte>(origin + tensor.Offset + ((start + done) * size), count * size);
            SinglePrecision.Widen(tensor.Type, source, destination.Slice(done, count));
        }
    }

    public void Dispose()
    {
        if (origin is not null)
        {
            origin = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            mapping.Dispose();
        }
    }

    private int HeaderLength(string path, long fileLength)
    {
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(origin, SafetensorsHeader.PrefixBytes));
        long available = Math.Min(fileLength - SafetensorsHeader.PrefixBytes, SafetensorsHeader.MaxBytes);
        return claimed <= (ulong)available
            ? (int)claimed
            : throw new AdapterFormatException($"{path}: the first 8 bytes claim a header of {claimed} bytes, at most {available} are possible here; this is no safetensors file or a truncated one.");
    }

    private TensorInfo Find(string name) => tensors.TryGetValue(name, out TensorInfo? tensor)
        ? tensor
        : throw new AdapterFormatException($"{Path}: there is no tensor '{name}'.");

    private void RequireNumbers(TensorInfo tensor)
    {
        if (!SinglePrecision.CanWiden(tensor.Type))
        {
            throw new AdapterFormatException($"{Path}: tensor '{tensor.Name}' is {tensor.Type.Name()}, expected F32, F16, BF16 or F64.");
        }
    }
}
