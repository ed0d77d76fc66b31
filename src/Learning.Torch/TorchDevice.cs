using System.Globalization;
using System.Reflection;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Torch.Natives;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Where TorchSharp computes, and in what precision.</summary>
/// <param name="Kind"><c>cuda</c>, <c>mps</c> or <c>cpu</c>.</param>
/// <param name="Compute">
/// Type of frozen weights and activations where the storage of the weights does not say: bf16 on GPUs that compute in it, else fp32. What is trained
/// is fp32 everywhere.
/// </param>
/// <param name="Detail">For people: name, memory, and why nothing better was chosen.</param>
/// <param name="MemoryBytes">Of the device, or of the machine where it has none of its own.</param>
internal sealed record TorchDevice(string Kind, Device Device, ScalarType Compute, string Detail, long MemoryBytes)
{
    public const string Auto = "auto";

    private static readonly string[] Kinds = [Auto, "cuda", "mps", "cpu"];

    private const int FirstCapabilityWithBf16 = 8;

    /// <summary>The device asked for; for <c>auto</c> the first there is of cuda, mps and cpu.</summary>
    /// <exception cref="EngineUnavailableException">It is not there; the message says what would help.</exception>
    public static TorchDevice Find(string wanted)
    {
        if (!Kinds.Contains(wanted))
        {
            throw new EngineUnavailableException($"device '{wanted}' is unknown; it must be auto, cuda, mps or cpu");
        }

        TorchNatives.Require();
        string? noCuda = wanted is Auto or "cuda" ? WhyNoCuda() : null;
        return wanted switch
        {
            Auto or "cuda" when noCuda is null => Cuda(),
            "cuda" => throw new EngineUnavailableException($"device cuda cannot be used: {noCuda}; or use device cpu"),
            Auto or "mps" when mps_is_available() => new TorchDevice("mps", MPS, ScalarType.Float32, "Apple GPU, fp32", MachineBytes),
            "mps" => throw new EngineUnavailableException("device mps cannot be used: this is no Mac with Apple silicon; use device auto or cpu"),
            Auto => new TorchDevice("cpu", CPU, ScalarType.Float32, $"fp32, for there is no GPU: {noCuda}", MachineBytes),
            _ => new TorchDevice("cpu", CPU, ScalarType.Float32, "fp32", MachineBytes),
        };
    }

    /// <summary>The device computing in the type that a model's weights are held in, where that was asked for.</summary>
    public TorchDevice For(WeightStorage storage) => storage switch
    {
        WeightStorage.Singles => this with { Compute = ScalarType.Float32 },
        WeightStorage.Bf16 => this with { Compute = ScalarType.BFloat16 },
        _ => this,
    };

    private static long MachineBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static string Natives =>
        typeof(TorchDevice).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "TorchBackend").Value ?? "cpu";

    private static string? WhyNoCuda()
    {
        if (cuda.is_available())
        {
            return null;
        }

        return CudaAbsence.Describe(Natives, CudaDriver.Version(), Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));
    }

    private static TorchDevice Cuda()
    {
        if (CudaDriver.Describe(0) is not var (name, bytes, capability))
        {
            // The driver library keeps to itself; torch has found the device all the same, and fp32 runs on every one.
            return new TorchDevice("cuda", CUDA, ScalarType.Float32, "fp32, for the driver does not say what the device can do", MachineBytes);
        }

        bool bf16 = capability >= FirstCapabilityWithBf16;
        string detail = string.Create(CultureInfo.InvariantCulture, $"{name}, {bytes / (double)(1 << 30):0.#} GiB, {(bf16 ? "bf16" : "fp32")}");
        return new TorchDevice("cuda", CUDA, bf16 ? ScalarType.BFloat16 : ScalarType.Float32, detail, bytes);
    }
}
