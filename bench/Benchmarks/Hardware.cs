using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Benchmarks;

/// <summary>The line every table of figures starts with: without it they mean nothing.</summary>
internal static class Hardware
{
    /// <summary>Processor model, cores, vector width, .NET version and system.</summary>
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {VectorBits()}-bit vectors, .NET {Environment.Version}, {RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}";

    private static int VectorBits() =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static string Processor()
    {
        const string Table = "/proc/cpuinfo"; // Linux only; elsewhere the architecture has to do
        if (!File.Exists(Table))
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }

        Dictionary<string, string> first = File.ReadLines(Table)
            .TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        string model = first.GetValueOrDefault("model name", RuntimeInformation.ProcessArchitecture.ToString());
        return first.TryGetValue("cpu family", out string? family) ? $"{model} (family {family}, model {first["model"]})" : model;
    }
}
