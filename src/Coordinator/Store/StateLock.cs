using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Store;

/// <summary>One live coordinator per state folder: a lock the operating system lets go of when its holder dies, however it dies.</summary>
/// <remarks>
/// It makes a successor start at once and a rival fail at once. The truth is the term in <c>coord_lease</c>: see
/// docs/decisions/coordinator-takeover.md.
/// </remarks>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream file;

    private StateLock(FileStream file) => this.file = file;

    /// <exception cref="StateFolderException">A live coordinator holds the folder, or the folder can't be written to.</exception>
    public static StateLock Take(string path)
    {
        try
        {
            return new StateLock(PrivateFolder.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StateFolderException(
                $"Store:StateFolder '{Path.GetDirectoryName(path)}' is in use by another coordinator or not writable ({failure.Message}); stop that "
                + $"one, or name another folder.",
                failure);
        }
    }

    public void Dispose() => file.Dispose();
}
