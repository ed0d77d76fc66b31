using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Files that their owner alone can read, whoever may enter their folder.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the file whole or not at all; nobody else can read it at any moment.</summary>
    public static void Write(string file, byte[] content) => AtomicFile.Write(file, stream =>
    {
        if (!OperatingSystem.IsWindows() && stream is FileStream { SafeFileHandle: var handle })
        {
            File.SetUnixFileMode(handle, OwnerFile);
        }

        stream.Write(content);
    });
}
