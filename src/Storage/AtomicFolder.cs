namespace EdgeFlora.Storage;

/// <summary>Writes a folder of known files so that a reader finds all of the new ones or all of the old ones.</summary>
public static class AtomicFolder
{
    /// <summary>
    /// Fills a new folder beside <paramref name="folder"/> and renames it; on failure nothing is left behind and the old folder stays.
    /// </summary>
    /// <remarks>
    /// Replacing takes two renames; a crash between them leaves the old folder beside its place, under a name that begins with a dot.
    /// </remarks>
    /// <param name="fileNames">
    /// The files that <paramref name="write"/> makes. An existing folder that holds anything else is not ours to replace.
    /// </param>
    /// <param name="write">Gets the path of the new folder; must make its files durable itself.</param>
    /// <exception cref="IOException">The folder holds something else, its place is taken by a file, or the disk failed.</exception>
    public static void Write(string folder, IReadOnlyCollection<string> fileNames, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string parent = Path.GetDirectoryName(target)
            ?? throw new IOException($"{folder} is the root of a file system, expected a folder to write to.");
        RefuseForeign(target, fileNames);

        Directory.CreateDirectory(parent);
        string temporary = Beside(target, parent);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            Replace(target, parent, temporary);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    /// <summary>Whether <see cref="Write"/> would be allowed to replace what is there.</summary>
    /// <exception cref="ForeignFolderException">The folder holds something else, or its place is taken by a file.</exception>
    public static void RefuseForeign(string folder, IReadOnlyCollection<string> fileNames)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target))
        {
            throw new ForeignFolderException($"{target} is a file, expected a folder or nothing.");
        }

        string? foreign = Directory.Exists(target)
            ? Directory.EnumerateFileSystemEntries(target).Select(e => Path.GetFileName(e)).FirstOrDefault(e => !fileNames.Contains(e))
            : null;
        if (foreign is not null)
        {
            throw new ForeignFolderException($"{target} holds '{foreign}', which is not ours to replace; choose an empty or a new folder.");
        }
    }

    private static void Replace(string target, string parent, string temporary)
    {
        if (!Directory.Exists(target))
        {
            FolderSync.Flush(temporary);
            Directory.Move(temporary, target);
            FolderSync.Flush(parent);
            return;
        }

        string old = Beside(target, parent);
        Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        FolderSync.Flush(parent);
        Directory.Delete(old, recursive: true);
    }

    private static string Beside(string target, string parent) => Path.Combine(parent, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
}
