using System.Runtime.CompilerServices;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>A test that needs an NVIDIA GPU and libtorch for it; skipped, with the reason, where either is missing.</summary>
internal sealed class CudaFactAttribute : FactAttribute
{
    private static readonly EngineProbe Probe = TorchProbe.Run("cuda");

    public CudaFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Probe.Usable ? null : Probe.Detail;
}
