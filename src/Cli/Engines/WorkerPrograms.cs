using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Cli.Engines;

/// <summary>The programs that train in processes of their own.</summary>
/// <param name="Portable">One with the portable engine.</param>
/// <param name="Torch">One with the torch engine on a device; null if it is not here.</param>
internal sealed record WorkerPrograms(Func<IWorkerProgram> Portable, Func<string, IWorkerProgram?> Torch)
{
    /// <summary>This program once more, and the torch engine if it lies beside it.</summary>
    public static WorkerPrograms Installed { get; } = new(
        () => new WorkerProgram(typeof(WorkerPrograms).Assembly.Location, [EngineWorkerCommand.CommandName]),
        device => TorchWorker.Find(AppContext.BaseDirectory) is { } assembly ? new WorkerProgram(assembly, [device]) : null);
}
