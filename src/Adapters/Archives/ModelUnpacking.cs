using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Archives;

/// <summary>
/// Writes the files of an archive that nobody vouches for into a new folder: plain ones of allowed names, each once, so many bytes in all.
/// </summary>
/// <param name="folder">Exists and is empty.</param>
/// <param name="most">Bytes that all files may have together.</param>
public sealed class ModelUnpacking(string folder, long most)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Far more than the shards of the largest models.</summary>
    private const int MaxFiles = 1000;

    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private long written;

    /// <summary>Writes one file and brings it to the disk.</summary>
    /// <param name="name">As the archive has it.</param>
    /// <param name="length">Bytes of its content.</param>
    /// <param name="content">Has at least so many.</param>
    /// <exception cref="AdapterFormatException">The file may not be part of a model, or its content ends early; the message names it.</exception>
    public async Task AddAsync(string name, long length, Stream content, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(content);
        string shown = TensorName.Shorten(name);
        if (!ModelFiles.IsAllowed(name))
        {
            throw new AdapterFormatException(
                $"the archive holds '{shown}', which may not be part of a model; allowed are {ModelFiles.Described}, without folders");
        }

        if (!names.Add(name))
        {
            throw new AdapterFormatException($"the archive holds '{shown}' twice");
        }

        if (names.Count > MaxFiles)
        {
            throw new AdapterFormatException($"the archive holds more than {MaxFiles} files");
        }

        if (length < 0 || length > most - written)
        {
            throw new AdapterFormatException(
                FormattableString.Invariant($"with '{shown}' ({length} bytes) the archive holds more than {most} bytes"));
        }

        written += length;
        await WriteAsync(Path.Combine(folder, name), shown, length, content, stop).ConfigureAwait(false);
    }

    private static async Task WriteAsync(string path, string shown, long length, Stream content, CancellationToken stop)
    {
        using FileStream file = PrivateFolder.Open(path, FileMode.CreateNew, FileAccess.Write);
        byte[] buffer = new byte[(int)Math.Clamp(length, 1, BufferBytes)];
        while (length > 0)
        {
            int read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), stop).ConfigureAwait(false);
            if (read == 0)
            {
                throw new AdapterFormatException($"the archive ends in the middle of '{shown}'");
            }

            file.Write(buffer, 0, read);
            length -= read;
        }

        file.Flush(flushToDisk: true);
    }
}
