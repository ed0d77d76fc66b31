using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>
/// A hold on one model of a cache, among the processes of this machine: several may use it, one alone may fetch or remove it. The operating system
/// lets go of it when its holder dies, however it dies.
/// </summary>
/// <remarks>Its file stays for good: were it deleted, two processes could each hold one of the same name.</remarks>
internal sealed class ModelLock : IDisposable
{
    private readonly FileStream file;

    private ModelLock(FileStream file) => this.file = file;

    /// <returns>Null: another holds it, and not only to use it.</returns>
    public static ModelLock? TryShare(string path) => TryTake(path, FileAccess.Read, FileShare.Read);

    /// <returns>Null: another holds it.</returns>
    public static ModelLock? TryClaim(string path) => TryTake(path, FileAccess.ReadWrite, FileShare.None);

    public void Dispose() => file.Dispose();

    private static ModelLock? TryTake(string path, FileAccess access, FileShare share)
    {
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        try
        {
            return new ModelLock(PrivateFolder.Open(path, FileMode.OpenOrCreate, access, share));
        }
        catch (IOException taken) when (File.Exists(path) && taken is not FileNotFoundException and not DirectoryNotFoundException)
        {
            return null;
        }
    }
}
