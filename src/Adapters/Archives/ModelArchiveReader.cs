using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Archives;

/// <summary>Unpacks an archive in the one form that <see cref="ModelArchive"/> writes. Whatever else a tar can hold is refused.</summary>
public static class ModelArchiveReader
{
    /// <summary>Unpacks an archive from where the stream stands to its end.</summary>
    /// <param name="folder">Exists and is empty; on failure what it holds is of no use.</param>
    /// <exception cref="AdapterFormatException">
    /// The archive is not in that form, or ends early; the message says what is wrong, without a path.
    /// </exception>
    public static async Task UnpackAsync(Stream archive, string folder, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var unpacking = new ModelUnpacking(folder, archive.Length);
        byte[] header = new byte[UstarHeader.Bytes];
        string last = "";
        while (true)
        {
            Fill(archive, header, "a header");
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
            {
                End(archive, header);
                return;
            }

            if (UstarHeader.Read(header) is not var (name, length))
            {
                throw new AdapterFormatException(
                    FormattableString.Invariant($"the header at byte {archive.Position - header.Length} is not that of a plain file ")
                        + "in the form of EdgeFlora's archives");
            }

            if (string.CompareOrdinal(last, name) >= 0)
            {
                throw new AdapterFormatException(
                    $"the archive holds '{TensorName.Shorten(name)}' twice, or not in the order of names");
            }

            last = name;
            await unpacking.AddAsync(name, length, archive, stop).ConfigureAwait(false);
            Fill(archive, header.AsSpan(0, UstarHeader.Padding(length)), $"'{TensorName.Shorten(name)}'");
        }
    }

    private static void End(Stream archive, byte[] header)
    {
        Fill(archive, header, "its end");
        if (header.AsSpan().ContainsAnyExcept((byte)0) || archive.Position != archive.Length)
        {
            throw new AdapterFormatException("the archive goes on after its end");
        }
    }

    private static void Fill(Stream archive, Span<byte> buffer, string what)
    {
        if (archive.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new AdapterFormatException($"the archive ends in the middle of {what}");
        }
    }
}
