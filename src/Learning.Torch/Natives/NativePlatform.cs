using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>A platform as the packages of libtorch name it.</summary>
/// <param name="Id">As <c>linux-x64</c>.</param>
internal sealed record NativePlatform(string Id)
{
    /// <summary>The platforms for which libtorch is published.</summary>
    public static IReadOnlyList<string> Published { get; } = ["linux-x64", "osx-arm64", "win-x64", "win-arm64"];

    public static NativePlatform Current { get; } = new(RuntimeInformation.RuntimeIdentifier.StartsWith("linux-musl", StringComparison.Ordinal)
        ? $"linux-musl-{Architecture}"
        : $"{System}-{Architecture}");

    /// <summary>What TorchSharp calls into and what that needs, in the order of loading.</summary>
    public IReadOnlyList<string> Libraries => Id.Split('-')[0] switch
    {
        "win" => ["torch_cpu.dll", "LibTorchSharp.dll"],
        "osx" => ["libtorch_cpu.dylib", "libLibTorchSharp.dylib"],
        _ => ["libtorch_cpu.so", "libLibTorchSharp.so"],
    };

    private static string System => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string Architecture => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
}
