using EdgeFlora.Learning.Remote;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>The programs that train in processes of their own.</summary>
/// <param name="Portable">One with the portable engine; null: there is none here.</param>
/// <param name="Torch">One with the torch engine on a device; null if it is not here.</param>
/// <param name="HasCudaDriver">Whether torch may find a CUDA device at all; asked first, for its process takes a second or two to say no.</param>
internal sealed record WorkerPrograms(Func<IWorkerProgram>? Portable, Func<string, IWorkerProgram?> Torch, Func<bool> HasCudaDriver)
{
    /// <summary>The torch engine, if it lies beside the program that runs: what a product has that holds an agent.</summary>
    public static WorkerPrograms Beside { get; } = new(Portable: null, FindTorch, CudaDriverLibrary.IsThere);

    /// <summary>The torch engine beside this program, for a device.</summary>
    public static IWorkerProgram? FindTorch(string device) =>
        TorchWorker.Find(AppContext.BaseDirectory) is { } assembly ? new WorkerProgram(assembly, [device]) : null;
}
