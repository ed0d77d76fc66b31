using System.Globalization;
using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>Why libtorch finds no NVIDIA GPU.</summary>
internal static class CudaAbsence
{
    /// <summary>
    /// The oldest CUDA that a driver must know, as the driver writes it (1000 · major + 10 · minor): libtorch is of CUDA 12.8, and releases of one
    /// major version run on each other's drivers.
    /// </summary>
    /// <remarks>NVIDIA, "CUDA Compatibility", section "Minor version compatibility": drivers from 525 on for CUDA 12.</remarks>
    private const int OldestCuda = 12000;

    /// <param name="backend">What the natives were fetched for: <c>cpu</c>, <c>cuda-linux</c> or <c>cuda-windows</c>.</param>
    /// <param name="driver">The CUDA version that the driver knows; null without a driver.</param>
    /// <param name="visible"><c>CUDA_VISIBLE_DEVICES</c>.</param>
    public static string Describe(string backend, int? driver, string? visible)
    {
        if (backend == "cpu")
        {
            return "this build holds libtorch for the processor only (edgeflora torch install --cuda fetches the one for NVIDIA GPUs)";
        }

        if (driver is not { } version)
        {
            return CudaDriverLibrary.Absent;
        }

        if (version < OldestCuda)
        {
            return $"NVIDIA's driver is too old: it knows CUDA {Written(version)}, libtorch needs {Written(OldestCuda)}; install driver 525 or newer";
        }

        return string.IsNullOrEmpty(visible)
            ? $"NVIDIA's driver (CUDA {Written(version)}) shows no GPU that libtorch can use"
            : $"NVIDIA's driver (CUDA {Written(version)}) shows no GPU that libtorch can use; CUDA_VISIBLE_DEVICES is '{visible}'";
    }

    private static string Written(int version) => string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
}
