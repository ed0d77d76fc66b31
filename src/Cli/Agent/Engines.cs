using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Agent;

/// <summary>The engines that can train here, and which one is taken.</summary>
internal static class Engines
{
    public static IReadOnlyList<string> Names { get; } = ["auto", "portable", "torch"];

    public static IReadOnlyList<string> Devices { get; } = ["auto", "cuda", "mps", "cpu"];

    /// <summary>The option that says what trains.</summary>
    public static Option<string> EngineOption() => Ranged.Choice("--engine", "What trains; auto takes torch where it has a CUDA device, else portable", Names, "auto");

    /// <summary>The option that says where.</summary>
    public static Option<string> DeviceOption() => Ranged.Choice("--device", "Where torch computes; auto takes the first there is of cuda, mps, cpu", Devices, "auto");

    /// <summary>Engine and device, and how it came to them, in one line for people.</summary>
    public static string Describe(IEngine engine, string? reason) => $"{engine.Name} engine on {engine.Device}{(reason is null ? "" : $", chosen by auto: {reason}")}";

    /// <summary>The engine asked for; for <c>auto</c> torch if it has a CUDA device, else portable.</summary>
    /// <param name="isolate">Whether the portable engine, too, trains in a process of its own.</param>
    /// <returns>The engine, and why <c>auto</c> came to it; null if it was asked for by name.</returns>
    /// <exception cref="InputException">Engine or device cannot be used here; the message says why and what would help.</exception>
    public static (IEngine Engine, string? Reason) Choose(string name, string device, bool isolate, WorkerPrograms programs)
    {
        switch (name)
        {
            case "portable" when device is not ("auto" or "cpu"):
                throw new InputException($"--device is '{device}', but the portable engine computes on the processor; use --engine torch, or --device cpu");
            case "portable":
                return (Portable(isolate, programs), null);
            case "torch":
                return (Torch(device, programs), null);
            default:
                return Auto(device, isolate, programs);
        }
    }

    private static (IEngine Engine, string Reason) Auto(string device, bool isolate, WorkerPrograms programs)
    {
        if (device is "cuda" or "mps")
        {
            return (Torch(device, programs), $"the device {device} takes torch");
        }

        if (device == "cpu")
        {
            return (Portable(isolate, programs), "on the processor it is the default");
        }

        if (programs.Torch("cuda") is not { } program)
        {
            return (Portable(isolate, programs), "torch is not here");
        }

        try
        {
            return (Open(program), "there is a CUDA device");
        }
        catch (EngineUnavailableException reason)
        {
            return (Portable(isolate, programs), $"torch has no use here: {reason.Message}");
        }
    }

    private static IEngine Portable(bool isolate, WorkerPrograms programs) => isolate ? Open(programs.Portable()) : new PortableEngine();

    private static RemoteEngine Torch(string device, WorkerPrograms programs)
    {
        IWorkerProgram program = programs.Torch(device)
            ?? throw new InputException($"--engine is 'torch', which is not here; {TorchWorker.HowToGet}, or use portable or auto");
        try
        {
            return Open(program);
        }
        catch (EngineUnavailableException reason)
        {
            throw new InputException($"--engine is 'torch', which cannot be used here: {reason.Message}", reason);
        }
    }

    private static RemoteEngine Open(IWorkerProgram program) => RemoteEngine.Open(program, RemoteEngine.DefaultPatience, TimeProvider.System);
}
