using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Engines;

/// <summary>The engines that can train here, as options of commands, and which one is taken.</summary>
internal static class EngineSelection
{
    public static IReadOnlyList<string> Names { get; } = ["auto", "portable", "torch"];

    public static IReadOnlyList<string> Devices { get; } = ["auto", "cuda", "mps", "cpu"];

    /// <summary>The option that says what trains.</summary>
    public static Option<string> EngineOption() =>
        Ranged.Choice("--engine", "What trains; auto takes torch where it has a CUDA device, else portable", Names, "auto");

    /// <summary>The option that says what trains for an agent, which may have a program for it.</summary>
    public static Option<string> AgentEngineOption() => Ranged.Choice(
        "--engine",
        "What trains; auto takes torch where it has a CUDA device, else portable; command takes the program that the file of settings names",
        AgentOptions.Engines,
        "auto");

    /// <summary>The option that says where.</summary>
    public static Option<string> DeviceOption() =>
        Ranged.Choice("--device", "Where torch computes; auto takes the first there is of cuda, mps, cpu", Devices, "auto");

    /// <summary>The engine asked for; for <c>auto</c> torch if it has a CUDA device, else portable.</summary>
    /// <param name="isolate">Whether the portable engine, too, trains in a process of its own.</param>
    /// <exception cref="InputException">Engine or device cannot be used here; the message says why and what would help.</exception>
    public static EngineChoice Choose(string name, string device, bool isolate, WorkerPrograms programs)
    {
        try
        {
            return new EngineChooser(programs, "--").Choose(name, device, isolate);
        }
        catch (EngineUnavailableException reason)
        {
            throw new InputException(reason.Message, reason);
        }
    }
}
