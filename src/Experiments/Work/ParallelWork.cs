using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace EdgeFlora.Experiments.Work;

/// <summary>Pieces of work that don't depend on each other, on several threads.</summary>
internal static class ParallelWork
{
    /// <summary>Begins them in order; ends with the first failure.</summary>
    public static void ForEach<T>(IReadOnlyList<T> items, int threads, Action<T> work, CancellationToken stop)
    {
        try
        {
            // Each thread takes one piece at a time: they differ in length.
            Parallel.ForEach(
                Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop },
                work);
        }
        catch (AggregateException failures)
        {
            stop.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(failures.Flatten().InnerExceptions[0]);
        }
    }
}
