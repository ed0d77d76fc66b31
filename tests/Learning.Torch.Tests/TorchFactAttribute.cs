using System.Runtime.CompilerServices;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>A test that needs libtorch; skipped, with the reason, where the package came without natives for this platform.</summary>
internal sealed class TorchFactAttribute : FactAttribute
{
    private static readonly EngineProbe Probe = TorchProbe.Run("cpu");

    public TorchFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!Probe.Usable && Probe.Detail.StartsWith(TorchProbe.NativesMissing, StringComparison.Ordinal))
        {
            Skip = Probe.Detail;
        }
    }
}
