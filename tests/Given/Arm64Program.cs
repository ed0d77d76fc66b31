using System.Diagnostics;

namespace EdgeFlora.Tests.Given;

/// <summary>
/// The program for linux-arm64, run by qemu: <c>EDGEFLORA_ARM64_PROGRAM</c> is the folder it was published to, <c>EDGEFLORA_ARM64_ROOT</c> one with
/// the system libraries of arm64 (both made by <c>infra/offline/arm64.sh</c>).
/// </summary>
internal static class Arm64Program
{
    private const string Emulator = "qemu-aarch64-static";

    /// <summary>What a program is told that an emulator runs.</summary>
    public static IReadOnlyDictionary<string, string> Emulated { get; } = new Dictionary<string, string>
    {
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",

        // Code that is replaced while it runs is what emulators get wrong: none is compiled twice.
        ["DOTNET_TC_CallCounting"] = "0",
        ["DOTNET_TC_QuickJitForLoops"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
    };

    private static string? Program => Variable("EDGEFLORA_ARM64_PROGRAM");

    private static string? Root => Variable("EDGEFLORA_ARM64_ROOT");

    /// <summary>Skips the test where there is no such program; fails it where <c>CI</c> is set.</summary>
    public static void Require()
    {
        string? absent = Program is null || Root is null
            ? "EDGEFLORA_ARM64_PROGRAM and EDGEFLORA_ARM64_ROOT name no program and system for arm64 (infra/offline/arm64.sh makes them)"
            : null;
        Assert.SkipWhen(absent is not null && Variable("CI") is null, absent ?? "");
        Assert.True(absent is null, absent);
    }

    /// <summary>How it is started; its output is redirected.</summary>
    public static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Emulator, ["-L", Root!, Path.Combine(Program!, "edgeflora"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in Emulated)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
