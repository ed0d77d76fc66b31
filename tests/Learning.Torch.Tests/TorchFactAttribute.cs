using System.Runtime.CompilerServices;
using EdgeFlora.Learning.Torch.Natives;

namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>
/// A test that needs libtorch; skipped, with the reason, where the system cannot load it. It is never skipped where <c>EDGEFLORA_TEST_TORCH</c> is
/// set: there somebody has promised a system that can.
/// </summary>
internal sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Absent;

    /// <summary>Why tests of libtorch are skipped; null if they run.</summary>
    public static string? Absent => Environment.GetEnvironmentVariable("EDGEFLORA_TEST_TORCH") is null ? TorchNatives.Problem : null;
}
