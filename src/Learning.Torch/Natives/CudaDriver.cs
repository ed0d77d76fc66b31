using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>
/// What TorchSharp does not tell about a GPU, asked of NVIDIA's driver library. Device 0 is the first that CUDA_VISIBLE_DEVICES allows.
/// </summary>
internal static partial class CudaDriver
{
    private const string Library = "cuda-driver";
    private const int MajorCapability = 75;
    private const int NameLength = 256;

    static CudaDriver() => NativeLibrary.SetDllImportResolver(typeof(CudaDriver).Assembly, Resolve);

    /// <summary>Name, memory in bytes and major compute capability (8 and above compute in bf16); null if the driver does not say.</summary>
    public static (string Name, long MemoryBytes, int Capability)? Describe(int device)
    {
        try
        {
            byte[] name = new byte[NameLength];
            return Init(0) == 0
                && DeviceGet(out int handle, device) == 0
                && DeviceGetName(name, name.Length, handle) == 0
                && DeviceTotalMemory(out nuint bytes, handle) == 0
                && DeviceGetAttribute(out int major, MajorCapability, handle) == 0
                ? (Encoding.UTF8.GetString(name.AsSpan(0, Array.IndexOf(name, (byte)0))), (long)bytes, major)
                : null;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The newest CUDA that the driver knows: 1000 · major + 10 · minor; null without a driver.</summary>
    public static int? Version()
    {
        try
        {
            return DriverGetVersion(out int version) == 0 ? version : null;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Bytes of device memory in use by all processes; null if the driver does not say. The calling thread must have computed on the device.
    /// </summary>
    public static long? UsedBytes()
    {
        try
        {
            return MemoryInfo(out nuint free, out nuint total) == 0 ? (long)(total - free) : null;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library && NativeLibrary.TryLoad(CudaDriverLibrary.Name, out nint handle) ? handle : 0;

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    private static partial int DriverGetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    private static partial int DeviceGetName([Out] byte[] name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial int DeviceTotalMemory(out nuint bytes, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    private static partial int DeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int MemoryInfo(out nuint free, out nuint total);
}
