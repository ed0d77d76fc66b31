using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeFlora.EdgeAgent.Limits;

/// <summary>How much a thread leaves to others.</summary>
internal static partial class Niceness
{
    private const int OfProcess = 0;
    private const int Own = 0;

    /// <summary>
    /// Sets it for the calling thread, and so for the threads and processes that this one begins. Linux counts it by thread; elsewhere it is the
    /// process's, and Windows has none.
    /// </summary>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public static void Apply(int nice)
    {
        if (nice > 0 && !OperatingSystem.IsWindows() && SetPriority(OfProcess, Own, nice) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Of the calling thread.</summary>
    public static int Current() => OperatingSystem.IsWindows() ? 0 : GetPriority(OfProcess, Own);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetPriority(int which, int who);
}
