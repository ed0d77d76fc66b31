using System.Buffers.Binary;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>
/// A memory-mapped safetensors file whose header has been checked. Reading is thread-safe; disposing while another thread reads is not.
/// </summary>
/// <remarks>
/// The file is opened for reading and shared with readers only; all processes that map it share one copy in memory.
/// Deleting it, or putting another in its place as <see cref="EdgeFlora.Storage.AtomicFile"/> does, changes nothing here: the mapped content stays
/// until it is let go. Writing into it where it lies would change what is read, which <see cref="RequireUnchanged"/> finds, and cutting it short
/// makes the operating system end the process on the next access. Whoever takes <see cref="Map{T}"/> instead of a copy keeps the mapping alive
/// without disposing of it.
/// </remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int Piece = 1 << 20; // a span counts bytes in an int, and a hash need not hold more at once

    private readonly FileStream stream;
    private readonly long length;
    private readonly DateTime written;
    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly SortedDictionary<string, TensorInfo> tensors;
    private byte* origin;

    private SafetensorsFile(string path, long length, FileStream stream)
    {
        Path = path;
        this.length = length;
        this.stream = stream;
        written = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        mapping = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
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

    /// <summary>The mapping goes when nobody reads from it any more, whether or not somebody remembered to dispose of it.</summary>
    ~SafetensorsFile() => Release();

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
                throw new AdapterFormatException($"{path}: {length} bytes are too few for a safetensors file, whose smallest header is "
                    + $"{SafetensorsHeader.PrefixBytes + 2} bytes.");
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
            throw new AdapterFormatException(
                $"{Path}: tensor '{name}' takes {tensor.ByteLength} bytes, at most {int.MaxValue} can be read as one piece.");
        }

        return new ReadOnlySpan<byte>(origin + tensor.Offset, (int)tensor.ByteLength);
    }

    /// <summary>
    /// The tensor's elements where they lie in the mapping, without a copy; null if they are not aligned to their size, which the format allows.
    /// </summary>
    /// <remarks>The memory keeps the mapping alive. It must not be read after <see cref="Dispose"/>.</remarks>
    /// <typeparam name="T">A type of the element's size: <see cref="float"/> for F32, <see cref="byte"/> for the bytes of any.</typeparam>
    /// <exception cref="AdapterFormatException">There is no such tensor, or it exceeds the elements that one piece of memory can have.</exception>
    public ReadOnlyMemory<T>? Map<T>(string name)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        TensorInfo tensor = Find(name);
        long count = tensor.ByteLength / Unsafe.SizeOf<T>();
        if (count > Array.MaxLength)
        {
            throw new AdapterFormatException($"{Path}: tensor '{name}' takes {tensor.ByteLength} bytes, at most "
                + $"{Array.MaxLength * (long)Unsafe.SizeOf<T>()} can be read as one piece.");
        }

        if (tensor.Offset % tensor.Type.Bytes() != 0)
        {
            return null;
        }

        return new MappedMemory<T>(this, tensor.Offset, (int)count).Memory;
    }

    /// <summary>SHA-256 of the whole file as it is mapped, lower-case hexadecimal.</summary>
    public string Sha256()
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long done = 0; done < length; done += Piece)
        {
            int piece = (int)Math.Min(Piece, length - done);
            hash.AppendData(new ReadOnlySpan<byte>(origin + done, piece));
            MappedPages.Unload(origin + done, piece);
        }

        GC.KeepAlive(this);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Finds out whether somebody wrote into the mapped file since it was opened, by its length and time of writing.</summary>
    /// <exception cref="IOException">It is not what it was; what was read from it since cannot be trusted.</exception>
    public void RequireUnchanged()
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        long lengthNow = RandomAccess.GetLength(stream.SafeFileHandle);
        DateTime writtenNow = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        if (lengthNow != length || writtenNow != written)
        {
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path} was written to while it was in use ({length} bytes of {written:O} became {lengthNow} bytes of {writtenNow:O}); "
                    + $"load the model again. Put a new file in its place instead of writing into it."));
        }
    }

    /// <summary>The tensor's values as single precision.</summary>
    /// <exception cref="AdapterFormatException">
    /// There is no such tensor, it is no F32, F16, BF16 or F64, or it has too many elements for an array.
    /// </exception>
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

        int size = tensor.Type.Bytes();
        for (int done = 0; done < destination.Length; done += Piece)
        {
            int count = Math.Min(Piece, destination.Length - done);
            var source = new ReadOnlySpan<byte>(origin + tensor.Offset + ((start + done) * size), count * size);
            SinglePrecision.Widen(tensor.Type, source, destination.Slice(done, count));
        }

        GC.KeepAlive(this);
    }

    /// <summary>
    /// Gives back the memory that a tensor's pages take, which read values fill again from the file: for what was gone through once and is not needed
    /// soon.
    /// </summary>
    /// <exception cref="AdapterFormatException">There is no such tensor.</exception>
    public void Unload(string name)
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        TensorInfo tensor = Find(name);
        MappedPages.Unload(origin + tensor.Offset, tensor.ByteLength);
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        Release();
        view?.Dispose();
        mapping?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <exception cref="ObjectDisposedException">The mapping has been let go.</exception>
    internal void* At(long offset)
    {
        ObjectDisposedException.ThrowIf(origin is null, this);
        return origin + offset;
    }

    private void Release()
    {
        if (origin is not null)
        {
            origin = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private int HeaderLength(string path, long fileLength)
    {
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(origin, SafetensorsHeader.PrefixBytes));
        long available = Math.Min(fileLength - SafetensorsHeader.PrefixBytes, SafetensorsHeader.MaxBytes);
        if (new ReadOnlySpan<byte>(origin, SafetensorsHeader.PrefixBytes).SequenceEqual("version "u8))
        {
            throw new AdapterFormatException(
                $"{path}: this is a pointer of Git LFS, not the file itself; get the file with 'git lfs pull' or download it again.");
        }

        if (new ReadOnlySpan<byte>(origin, SafetensorsHeader.PrefixBytes) is [(byte)'<', (byte)'!' or (byte)'h' or (byte)'H' or (byte)'?', ..])
        {
            throw new AdapterFormatException($"{path}: this is a web page or other XML, not the file itself; download it again.");
        }

        return claimed <= (ulong)available
            ? (int)claimed
            : throw new AdapterFormatException($"{path}: the first 8 bytes claim a header of {claimed} bytes, at most {available} are possible here; "
                + "this is no safetensors file or a truncated one.");
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
