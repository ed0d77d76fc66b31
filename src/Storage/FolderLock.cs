using System.Globalization;

namespace EdgeFlora.Storage;

/// <summary>One live process per folder of state: a lock that the operating system lets go of when its holder dies, however it dies.</summary>
public sealed class FolderLock : IDisposable
{
    private const string LockName = "process.lock";

    // Beside the lock, for a locked file cannot be read by others everywhere.
    private const string HolderName = "process.id";

    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock of a folder that is there.</summary>
    /// <exception cref="FolderInUseException">Another process, or another part of this one, holds it.</exception>
    public static FolderLock Take(string folder)
    {
        FileStream file;
        try
        {
            file = PrivateFolder.Open(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
            when (File.Exists(Path.Combine(folder, LockName)) && taken is not FileNotFoundException and not DirectoryNotFoundException)
        {
            throw new FolderInUseException(folder, Holder(folder), taken);
        }

        try
        {
            AtomicFile.Write(
                Path.Combine(folder, HolderName),
                stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture))));
            return new FolderLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>The holder's process id, as it wrote it; null if it cannot be read.</summary>
    private static int? Holder(string folder)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(folder, HolderName)), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                ? id
                : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
