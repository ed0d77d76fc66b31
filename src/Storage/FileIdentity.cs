using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EdgeFlora.Storage;

/// <summary>Tells a file from a copy of it that has the same name, content and times.</summary>
public static class FileIdentity
{
    /// <summary>
    /// What no copy of a file has: on Linux its inode and when that was made, elsewhere when the file was made. It stays while the file is written
    /// to, renamed and its disk mounted elsewhere.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }

        return (OperatingSystem.IsLinux() ? OnLinux(full) : null)
            ?? string.Create(CultureInfo.InvariantCulture, $"made {File.GetCreationTimeUtc(full).Ticks}");
    }

    /// <returns>Null: the system does not tell.</returns>
    [SupportedOSPlatform("linux")]
    private static string? OnLinux(string path)
    {
        byte[] answer = new byte[NativeMethods.AnswerSize];
        try
        {
            if (NativeMethods.Statx(NativeMethods.CurrentFolder, path, 0, NativeMethods.Inode | NativeMethods.BirthTime, answer) != 0)
            {
                return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library of before 2018.
            return null;
        }

        // The fields of struct statx that Linux has promised to every program, at their offsets: stx_mask, stx_ino, stx_btime.
        uint told = MemoryMarshal.Read<uint>(answer);
        ulong inode = MemoryMarshal.Read<ulong>(answer.AsSpan(32));
        (long seconds, uint nanoseconds) = (MemoryMarshal.Read<long>(answer.AsSpan(80)), MemoryMarshal.Read<uint>(answer.AsSpan(88)));
        string birth = (told & NativeMethods.BirthTime) == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" made {seconds}.{nanoseconds:000000000}");
        return string.Create(CultureInfo.InvariantCulture, $"inode {inode}{birth}");
    }

    /// <summary>.NET tells neither an inode nor, on Linux, when a file was made.</summary>
    private static class NativeMethods
    {
        public const int AnswerSize = 256;
        public const int CurrentFolder = -100;
        public const uint Inode = 0x100;
        public const uint BirthTime = 0x800;

        [DllImport("libc", EntryPoint = "statx", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] answer);
    }
}
