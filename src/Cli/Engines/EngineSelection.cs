using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Engines;

/// <summary>The engines that can train here, and which one is taken.</summary>
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
        switch (name)
        {
            case "portable" when device is not ("auto" or "cpu"):
                throw new InputException(
                    $"--device is '{device}', but the portable engine computes on the processor; use --engine torch, or --device cpu");
            case "portable":
                return new EngineChoice(Portable(isolate, programs));
            case "torch":
                return new EngineChoice(Torch(device, programs));
            default:
                return Auto(device, isolate, programs);
        }
    }

    private static EngineChoice Auto(string device, bool isolate, WorkerPrograms programs)
    {
        if (device is "cuda" or "mps")
        {
            return new EngineChoice(Torch(device, programs), $"only torch computes on {device}");
        }

        if (device == "cpu")
        {
            return new EngineChoice(Portable(isolate, programs), "--device is cpu");
        }

        if (programs.Torch("cuda") is not { } program)
        {
            return new EngineChoice(Portable(isolate, programs), $"torch is not installed; {TorchWorker.HowToGet}");
        }

        try
        {
            return new EngineChoice(Open(program), "torch has a CUDA device");
        }
        catch (EngineUnavailableException reason)
        {
            return new EngineChoice(Portable(isolate, programs), reason.Message);
        }
    }

    private static IEngine Portable(bool isolate, WorkerPrograms programs) => isolate ? Open(programs.Portable()) : new PortableEngine();

    private static RemoteEngine Torch(string device, WorkerPrograms programs)
    {
        IWorkerProgram program = programs.Torch(device)
            ?? throw new InputException($"--engine is 'torch', which is not installed; {TorchWorker.HowToGet}, or use portable or auto");
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
