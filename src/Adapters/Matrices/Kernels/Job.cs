using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>One product cut into pieces that several threads claim one by one; each thread that calls keeps one and uses it again.</summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "A SemaphoreSlim without a wait handle holds nothing to dispose, and the owner lives as long as its thread.")]
internal sealed class Job
{
    [ThreadStatic]
    private static Job? own;

    private readonly SemaphoreSlim finished = new(0);
    private Plan plan;
    private int pieces;
    private int claimed;
    private int helpers;
    private Exception? failure;

    /// <summary>Runs <paramref name="plan"/> in <paramref name="pieces"/> pieces, with the help of idle workers.</summary>
    public static void Run(in Plan plan, int pieces, int threads)
    {
        Job job = own ??= new Job();
        job.plan = plan;
        job.pieces = pieces;
        job.claimed = 0;
        job.helpers = 1; // the caller's own count, so that a quick helper is not taken for the last
        job.failure = null;
        WorkerSet.Run(job, Math.Min(threads, pieces) - 1);
        if (job.failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public void AddHelper() => Interlocked.Increment(ref helpers);

    public void Work()
    {
        for (int piece = Interlocked.Increment(ref claimed); piece <= pieces; piece = Interlocked.Increment(ref claimed))
        {
            plan.Run(plan.Piece(piece - 1, pieces));
        }
    }

    public void Fail(Exception exception) => Interlocked.CompareExchange(ref failure, exception, null);

    public void HelperDone()
    {
        if (Interlocked.Decrement(ref helpers) == 0)
        {
            finished.Release();
        }
    }

    public void WaitForHelpers()
    {
        if (Interlocked.Decrement(ref helpers) > 0)
        {
            finished.Wait();
        }
    }
}
