using System.Runtime.ExceptionServices;
using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>
/// Works on two modules at a time where both fit in memory: while one waits for the disk or for its small matrices, the other computes.
/// </summary>
/// <param name="Count">Modules at work; 1 or 2.</param>
/// <param name="Bytes">Of agents' factors each may hold.</param>
/// <param name="Threads">Of each; the result does not depend on any of the three where a module fits in memory.</param>
internal sealed record ModuleWorkers(int Count, long Bytes, int Threads)
{
    private const int ModulesACollection = 8;

    public static ModuleWorkers For(FolderSet set, long bytes, int threads)
    {
        long rank = set.Folders.Sum(folder => (long)folder.Config.Settings.Rank);
        long largest = set.Folders[0].Modules.Values.Max(module => sizeof(float) * rank * ((long)module.Outputs + module.Inputs));
        return threads > 1 && 2 * largest <= bytes ? new ModuleWorkers(2, bytes / 2, (threads + 1) / 2) : new ModuleWorkers(1, bytes, threads);
    }

    /// <summary>Merges all modules; the results are in ordinal order of their names.</summary>
    /// <param name="merge">Merges one module with buffers of its own, which it finds as the last module of the same shape left them.</param>
    public List<(string Name, ModuleAggregation Result)> Run(
        IEnumerable<ModuleShape> modules, Func<ModuleShape, LoraFactors?[], ModuleAggregation> merge, int folders,
        CancellationToken cancellationToken)
    {
        // Modules of one shape after another share their buffers; the order changes nothing in the result.
        ModuleShape[] sorted = [.. modules.OrderBy(m => m.Outputs).ThenBy(m => m.Inputs).ThenBy(m => m.Name, StringComparer.Ordinal)];
        var results = new ModuleAggregation?[sorted.Length];
        var failures = new ExceptionDispatchInfo?[sorted.Length];
        int taken = -1;
        int failed = 0;
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = Count, CancellationToken = cancellationToken }, _ =>
        {
            var buffers = new LoraFactors?[folders];
            (int, int) shape = default;
            for (int i = Interlocked.Increment(ref taken); i < sorted.Length && Volatile.Read(ref failed) == 0; i = Interlocked.Increment(ref taken))
            {
                if (shape != (sorted[i].Outputs, sorted[i].Inputs))
                {
                    Array.Clear(buffers);
                    GC.Collect();
                    shape = (sorted[i].Outputs, sorted[i].Inputs);
                }

                // Results and small matrices of large modules are large objects, which the collector would let pile up.
                if (i % ModulesACollection == 0)
                {
                    GC.Collect();
                }

                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    results[i] = merge(sorted[i], buffers);
                }
                catch (Exception failure)
                {
                    failures[i] = ExceptionDispatchInfo.Capture(failure);
                    Volatile.Write(ref failed, 1);
                }
            }
        });

        Array.Find(failures, failure => failure is not null)?.Throw();
        return [.. sorted.Select((shape, i) => (shape.Name, results[i]!)).OrderBy(m => m.Name, StringComparer.Ordinal)];
    }
}
