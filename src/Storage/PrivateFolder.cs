using System.Runtime.Versioning;

namespace EdgeFlora.Storage;

/// <summary>
/// Folders and files that only their owner may enter or read: 700 and 600 on Unix. On Windows a folder's access list decides, as its owner set it.
/// </summary>
/// <remarks>What is made is made with its mode at once: a file that is closed only afterwards could have been opened in between.</remarks>
public static class PrivateFolder
{
    /// <summary>Mode of a file: its owner reads and writes.</summary>
    internal const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;

    /// <summary>Makes a folder, and those above it that are absent, for its owner only. One that is there stays as it is.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            // .NET gives the mode to the last of the folders it makes only.
            if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is { } parent)
            {
                Create(parent);
            }

            Directory.CreateDirectory(folder, OwnersFolder);
        }
    }

    /// <summary>Makes a folder of state, or closes one that is there, with all that lies in it, to other users. Links are not followed.</summary>
    /// <param name="marks">
    /// Entries by which such a folder is known. One that is neither empty (but for logs) nor holds any of them is something else's and is left alone.
    /// </param>
    /// <returns>What was closed, as a sentence for the user; null if nothing had to be.</returns>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    /// <exception cref="IOException">It is something else's, or the disk failed.</exception>
    public static string? Secure(string folder, params IReadOnlyCollection<string> marks)
    {
        bool isNew = !Directory.Exists(folder);
        if (!isNew)
        {
            RefuseForeign(folder, marks);
        }

        Create(folder);
        if (isNew || OperatingSystem.IsWindows())
        {
            return null;
        }

        UnixFileMode found = File.GetUnixFileMode(folder);
        int closed = Close(new DirectoryInfo(folder));
        return closed == 0 ? null : $"The folder '{folder}' (mode {Octal(found)}) or something in it was open to other users of this machine; it is "
            + $"closed to them now ({closed} entries).";
    }

    /// <summary>Opens a file; where it has to be made, for its owner only.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share = FileShare.None)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows() && mode is not (FileMode.Open or FileMode.Truncate))
        {
            options.UnixCreateMode = OwnersFile;
        }

        return new FileStream(path, options);
    }

    /// <summary>Whether other users may not enter a folder.</summary>
    [UnsupportedOSPlatform("windows")]
    internal static bool IsPrivate(string folder) => (File.GetUnixFileMode(folder) & Others) == UnixFileMode.None;

    private static void RefuseForeign(string folder, IReadOnlyCollection<string> marks)
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
        string? foreign = names.Intersect(marks, StringComparer.Ordinal).Any()
            ? null
            : names.FirstOrDefault(name => !name.EndsWith(".log", StringComparison.Ordinal));
        if (foreign is not null)
        {
            throw new IOException(
                $"The folder '{folder}' holds '{foreign}' and nothing that shows it to be a state folder; name an empty or a new one.");
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static int Close(DirectoryInfo folder)
    {
        int closed = Close((FileSystemInfo)folder);
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is null)
            {
                closed += entry is DirectoryInfo inner ? Close(inner) : Close(entry);
            }
        }

        return closed;
    }

    [UnsupportedOSPlatform("windows")]
    private static int Close(FileSystemInfo entry)
    {
        if ((entry.UnixFileMode & Others) == UnixFileMode.None)
        {
            return 0;
        }

        entry.UnixFileMode &= ~Others;
        return 1;
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}
