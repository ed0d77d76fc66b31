using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Remote;

/// <summary>The library that NVIDIA's driver brings: without it nothing computes on CUDA.</summary>
public static class CudaDriverLibrary
{
    /// <summary>What a user reads where it is missing.</summary>
    public const string Absent = "NVIDIA's driver is not installed";

    /// <summary>As the system's loader knows it.</summary>
    public static string Name => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Whether it can be loaded here.</summary>
    public static bool IsThere()
    {
        if (!NativeLibrary.TryLoad(Name, out nint handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }
}
