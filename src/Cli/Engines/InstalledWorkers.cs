using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Cli.Engines;

/// <summary>The programs that train in processes of their own, as they come with <c>edgeflora</c>.</summary>
internal static class InstalledWorkers
{
    /// <summary>This program once more, and the torch engine if it lies beside it.</summary>
    public static WorkerPrograms Programs { get; } = new(Portable, WorkerPrograms.FindTorch, CudaDriverLibrary.IsThere);

    /// <summary>This program once more.</summary>
    public static IWorkerProgram Portable() => new WorkerProgram(typeof(InstalledWorkers).Assembly.Location, [EngineWorkerCommand.CommandName]);
}
