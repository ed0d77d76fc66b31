using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeFlora.Storage;

/// <summary>Brings a folder's entries to the disk: a rename is durable only once the folder it happened in is.</summary>
public static class FolderSync
{
    /// <summary>Syncs a folder. On Windows nothing is to be done: NTFS keeps a journal of renames, and folders cannot be flushed.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = NativeMethods.Open(folder, 0);
        if (handle < 0)
        {
            throw Failure(folder);
        }

        try
        {
            if (NativeMethods.Sync(handle) != 0)
            {
                throw Failure(folder);
            }
        }
        finally
        {
            _ = NativeMethods.Close(handle);
        }
    }

    private static IOException Failure(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"The folder '{folder}' could not be brought to the disk: {new Win32Exception(error).Message}.", error);
    }

    /// <summary>.NET opens no folder for syncing.</summary>
    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Sync(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int handle);
    }
}
