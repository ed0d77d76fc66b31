using EdgeFlora.Learning.Remote;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>The programs that train in processes of their own.</summary>
/// <param name="Portable">One with the portable engine; null: there is none here.</param>
/// <param name="Torch">One with the torch engine on a device; null if it is not here.</param>
internal sealed record WorkerPrograms(Func<IWorkerProgram>? Portable, Func<string, IWorkerProgram?> Torch)
{
    /// <summary>The torch engine, if it lies beside the program that runs: what a product has that holds an agent.</summary>
    public static WorkerPrograms Beside { get; } = new(Portable: null, FindTorch);

    /// <summary>The torch engine beside this program, for a device.</summary>
    public static IWorkerProgram? FindTorch(string device) =>
        TorchWorker.Find(AppContext.BaseDirectory) is { } assembly ? new WorkerProgram(assembly, [device]) : null;
}
