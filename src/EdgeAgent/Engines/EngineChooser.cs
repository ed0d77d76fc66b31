using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>Takes the engine that is asked for, if it can train here.</summary>
/// <param name="programs">What trains in processes of its own.</param>
/// <param name="prefix">What stands before the name of a setting where users type it: <c>--</c> on a command line.</param>
internal sealed class EngineChooser(WorkerPrograms programs, string prefix = "")
{
    /// <summary>The engine asked for; for <c>auto</c> torch if it has a CUDA device, else portable.</summary>
    /// <param name="isolate">Whether the portable engine, too, trains in a process of its own.</param>
    /// <exception cref="EngineUnavailableException">Engine or device cannot be used here; the message says why and what would help.</exception>
    public EngineChoice Choose(string name, string device, bool isolate) => name switch
    {
        "portable" when device is not ("auto" or "cpu") => throw new EngineUnavailableException(
            $"{prefix}device is '{device}', but the portable engine computes on the processor; use {prefix}engine torch, or {prefix}device cpu"),
        "portable" => new EngineChoice(Portable(isolate)),
        "torch" => new EngineChoice(Torch(device)),
        _ => Auto(device, isolate),
    };

    private EngineChoice Auto(string device, bool isolate)
    {
        if (device is "cuda" or "mps")
        {
            return new EngineChoice(Torch(device), $"only torch computes on {device}");
        }

        if (device == "cpu")
        {
            return new EngineChoice(Portable(isolate), $"{prefix}device is cpu");
        }

        if (programs.Torch("cuda") is not { } program)
        {
            return new EngineChoice(Portable(isolate), $"torch is not installed; {TorchWorker.HowToGet}");
        }

        if (!programs.HasCudaDriver())
        {
            return new EngineChoice(Portable(isolate), CudaDriverLibrary.Absent);
        }

        try
        {
            return new EngineChoice(Open(program), "torch has a CUDA device");
        }
        catch (EngineUnavailableException reason)
        {
            return new EngineChoice(Portable(isolate), reason.Message);
        }
    }

    private IEngine Portable(bool isolate) => (isolate, programs.Portable) switch
    {
        (false, _) => new PortableEngine(),
        (_, { } program) => Open(program()),
        _ => throw new EngineUnavailableException(
            $"{prefix}isolate is yes, but this program is not edgeflora, which alone can train in a process of its own; leave it out"),
    };

    private RemoteEngine Torch(string device)
    {
        IWorkerProgram program = programs.Torch(device) ?? throw new EngineUnavailableException(
            $"{prefix}engine is 'torch', which is not installed; {TorchWorker.HowToGet}, or use portable or auto");
        try
        {
            return Open(program);
        }
        catch (EngineUnavailableException reason)
        {
            throw new EngineUnavailableException($"{prefix}engine is 'torch', which cannot be used here: {reason.Message}", reason);
        }
    }

    private static RemoteEngine Open(IWorkerProgram program) => RemoteEngine.Open(program, RemoteEngine.DefaultPatience, TimeProvider.System);
}
