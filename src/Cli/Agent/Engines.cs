using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Agent;

/// <summary>The engines that this build can train with.</summary>
internal static class Engines
{
    public static IReadOnlyList<string> Names { get; } = ["auto", "portable", "torch"];

    /// <exception cref="InputException">This build has no such engine.</exception>
    public static IEngine Create(string name) => name switch
    {
        "auto" or "portable" => new PortableEngine(),
        _ => throw new InputException($"--engine is '{name}', which this build does not have; use portable or auto"),
    };
}
