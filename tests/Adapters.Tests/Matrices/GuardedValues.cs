using System.Runtime.InteropServices;

namespace EdgeFlora.Adapters.Tests.Matrices;

/// <summary>Values directly before a page that must not be touched: the first read or write beyond them ends the process.</summary>
/// <remarks>Linux only.</remarks>
internal sealed unsafe class GuardedValues : IDisposable
{
    private const int NoAccess = 0;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint start;
    private readonly nuint size;
    private readonly int length;

    public GuardedValues(float[] values)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint bytes = (nuint)values.Length * sizeof(float);
        nuint usable = (bytes + page - 1) / page * page;
        size = usable + page;
        length = values.Length;
        start = Map(0, size, ReadWrite, PrivateAnonymous, -1, 0);
        if (start == -1 || Protect(start + (nint)usable, page, NoAccess) != 0)
        {
            throw new InvalidOperationException("No guarded memory was to be had.");
        }

        First = (float*)(start + (nint)(usable - bytes));
        values.CopyTo(Values);
    }

    public Span<float> Values => new(First, length);

    private float* First { get; }

    public void Dispose() => _ = Unmap(start, size);

    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Protect(nint address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(nint address, nuint length);
}
