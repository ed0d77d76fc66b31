using System.Security.Cryptography;

namespace EdgeFlora.Adapters.Archives;

/// <summary>
/// A base model's folder as one archive, read from its files: the same files give the same bytes everywhere, and nothing is copied. Thread-safe.
/// </summary>
/// <remarks>
/// The archive is a tar in ustar form, whose files stand in the ordinal order of their names, with mode 644, no owner and time 0
/// (<see cref="UstarHeader"/>), and two empty blocks at its end.
/// </remarks>
public sealed class ModelArchive
{
    /// <summary>Bytes of the empty blocks at the end.</summary>
    internal const int EndBytes = 2 * UstarHeader.Bytes;

    private const int BufferBytes = 1 << 20;

    private readonly IReadOnlyList<Place> places;

    private ModelArchive(IReadOnlyList<ModelFile> files)
    {
        Files = files;
        List<Place> found = [];
        long offset = 0;
        foreach (ModelFile file in files)
        {
            found.Add(new Place(file, offset, UstarHeader.Write(file.Name, file.Length), File.GetLastWriteTimeUtc(file.Path)));
            offset = found[^1].End;
        }

        places = found;
        Size = offset + EndBytes;
    }

    /// <summary>In the order in which they are packed.</summary>
    public IReadOnlyList<ModelFile> Files { get; }

    /// <summary>Bytes of the archive.</summary>
    public long Size { get; }

    /// <summary>The archive of a folder as it is now; reads no content yet.</summary>
    /// <exception cref="AdapterFormatException">The folder is no model, or holds a file that is too large; the message names it.</exception>
    public static ModelArchive Of(string folder) => new(ModelFiles.Of(folder));

    /// <summary>Reads the whole archive.</summary>
    public Stream OpenRead() => new ModelArchiveStream(this);

    /// <summary>SHA-256 of the archive, lower-case hexadecimal.</summary>
    /// <exception cref="IOException">A file has changed since the archive was laid out.</exception>
    public async Task<string> HashAsync(CancellationToken stop)
    {
        using Stream archive = OpenRead();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        int read;
        while ((read = await archive.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Fills a buffer with the archive's bytes from a position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The archive has not so many bytes.</exception>
    /// <exception cref="IOException">A file has changed since the archive was laid out.</exception>
    public void Read(long position, Span<byte> destination)
    {
        if (position < 0 || position > Size - destination.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(position), FormattableString.Invariant($"{destination.Length} bytes at {position} are beyond the archive's {Size}."));
        }

        destination.Clear();
        foreach (Place place in places)
        {
            Copy(place.Header, place.Offset, position, destination);
            Copy(place, position, destination);
        }
    }

    private static void Copy(ReadOnlySpan<byte> source, long offset, long position, Span<byte> destination)
    {
        if (Overlap(offset, source.Length, position, destination.Length) is var (from, length))
        {
            source.Slice((int)(from - offset), length).CopyTo(destination[(int)(from - position)..]);
        }
    }

    private static void Copy(Place place, long position, Span<byte> destination)
    {
        if (Overlap(place.Content, place.File.Length, position, destination.Length) is not var (from, length))
        {
            return;
        }

        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(place.File.Path);
        if (RandomAccess.GetLength(file) != place.File.Length || File.GetLastWriteTimeUtc(place.File.Path) != place.Written)
        {
            throw new IOException($"{place.File.Path} has changed since its model was looked at.");
        }

        Span<byte> rest = destination.Slice((int)(from - position), length);
        long at = from - place.Content;
        while (rest.Length > 0)
        {
            int read = RandomAccess.Read(file, rest, at);
            if (read == 0)
            {
                throw new IOException($"{place.File.Path} has changed since its model was looked at.");
            }

            rest = rest[read..];
            at += read;
        }
    }

    private static (long From, int Length)? Overlap(long offset, long length, long position, int wanted)
    {
        long from = Math.Max(offset, position);
        long end = Math.Min(offset + length, position + wanted);
        return from < end ? (from, (int)(end - from)) : null;
    }

    /// <param name="Offset">Where its header begins.</param>
    private sealed record Place(ModelFile File, long Offset, byte[] Header, DateTime Written)
    {
        /// <summary>Where its content begins.</summary>
        public long Content => Offset + UstarHeader.Bytes;

        /// <summary>Where the next header begins.</summary>
        public long End => Content + File.Length + UstarHeader.Padding(File.Length);
    }
}
