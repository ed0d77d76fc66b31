namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>The threads that help callers with large products: as many as there are other processors, started when first wanted, then kept.</summary>
/// <remarks>A caller takes those that are idle and never waits for one: how many help changes the time, not the result.</remarks>
internal static class WorkerSet
{
    private static readonly Lock Gate = new();
    private static readonly Worker[] Idle = new Worker[Math.Max(0, Environment.ProcessorCount - 1)];
    private static int idle;
    private static int started;

    /// <summary>
    /// Works through <paramref name="job"/> on the calling thread and at most <paramref name="helpers"/> others; returns when all of it is done.
    /// </summary>
    public static void Run(Job job, int helpers)
    {
        for (; helpers > 0 && TryTake() is { } worker; helpers--)
        {
            job.AddHelper();
            worker.Assign(job);
        }

        try
        {
            job.Work();
        }
        finally
        {
            // Even when the caller's own part failed: the helpers still use the caller's memory.
            job.WaitForHelpers();
        }
    }

    public static void Return(Worker worker)
    {
        lock (Gate)
        {
            Idle[idle++] = worker;
        }
    }

    private static Worker? TryTake()
    {
        lock (Gate)
        {
            if (idle > 0)
            {
                return Idle[--idle];
            }

            if (started == Idle.Length)
            {
                return null;
            }

            started++;
            return new Worker();
        }
    }
}
