using System.CommandLine;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Engines;

/// <summary>
/// The hidden <c>edgeflora engine-worker</c>: trains for the process that started it, by messages on standard input and output, and ends with it.
/// </summary>
internal sealed class EngineWorkerCommand : Command
{
    public const string CommandName = "engine-worker";

    public EngineWorkerCommand()
        : base(CommandName, "Train for the process that started this one; agents do that with --isolate.")
    {
        Hidden = true;
        SetAction(_ => Serve());
    }

    private static int Serve()
    {
        var engine = new PortableEngine();
        return WorkerConsole.Serve(
            () => new EngineProbe(engine.Name, Usable: true, engine.Device) { Device = "cpu", MemoryBytes = engine.MemoryBytes },
            () => engine);
    }
}
