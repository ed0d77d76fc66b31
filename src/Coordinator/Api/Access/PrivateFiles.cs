using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Files and folders that their owner alone can read.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
    }

    /// <summary>Writes the file whole or not at all; nobody else can read it at any moment.</summary>
    public static void Write(string file, byte[] content)
    {
        AtomicFile.Write(file, stream =>
        {
            if (!OperatingSystem.IsWindows() && stream is FileStream { SafeFileHandle: var handle })
            {
                File.SetUnixFileMode(handle, OwnerFile);
            }

            stream.Write(content);
        });
    }
}
