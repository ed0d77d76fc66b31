namespace EdgeFlora.Storage;

/// <summary>Writes a file so that a reader, or a crash at any moment, finds the old content or the new one, never a part.</summary>
/// <remarks>A file in a folder that is closed to other users (see <see cref="PrivateFolder"/>) is made for its owner only.</remarks>
public static class AtomicFile
{
    /// <summary>Writes beside <paramref name="path"/>, syncs to disk and renames; on failure nothing is left behind and the old file stays.</summary>
    /// <remarks>
    /// The folder is synced too, so the new content outlives a power cut from the moment this returns (on Windows the file system's journal sees to
    /// it).
    /// </remarks>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(target)!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        try
        {
            using (FileStream stream = new(temporary, Options(folder)))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FolderSync.Flush(folder);
    }

    /// <summary>Syncs a finished file to disk and gives it its name; replaces what bears it. Both must be on one file system.</summary>
    public static void Adopt(string finished, string path)
    {
        string target = Path.GetFullPath(path);
        using (FileStream content = new(finished, FileMode.Open, FileAccess.ReadWrite))
        {
            content.Flush(flushToDisk: true);
        }

        File.Move(finished, target, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(target)!);
    }

    private static FileStreamOptions Options(string folder)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows() && PrivateFolder.IsPrivate(folder))
        {
            options.UnixCreateMode = PrivateFolder.OwnersFile;
        }

        return options;
    }
}
