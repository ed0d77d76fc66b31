using System.Runtime.InteropServices;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Pages of a file that is mapped for reading.</summary>
internal static unsafe partial class MappedPages
{
    // MADV_DONTNEED, the same on Linux and macOS.
    private const int NotNeeded = 4;

    /// <summary>
    /// Takes whole pages out of this process's memory; the next look at them reads them again, from the system's cache while that has them. Where the
    /// system knows no such thing they stay.
    /// </summary>
    public static void Unload(byte* from, long length)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        nint page = Environment.SystemPageSize;
        nint first = ((nint)from + page - 1) / page * page;
        nint end = (nint)from + (nint)length;
        if (end - first >= page)
        {
            // Of no consequence if it is refused: the pages stay.
            _ = Advise((void*)first, (nuint)((end - first) / page * page), NotNeeded);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
