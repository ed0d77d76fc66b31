using System.Diagnostics.CodeAnalysis;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>One helping thread of the <see cref="WorkerSet"/>.</summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "A SemaphoreSlim without a wait handle holds nothing to dispose, and the owner lives as long as its thread.")]
internal sealed class Worker
{
    private readonly SemaphoreSlim assigned = new(0);
    private Job? job;

    public Worker() => new Thread(Loop) { IsBackground = true, Name = "matrix worker" }.Start();

    public void Assign(Job next)
    {
        job = next;
        assigned.Release();
    }

    private void Loop()
    {
        while (true)
        {
            assigned.Wait();
            Job current = job!;
            try
            {
                current.Work();
            }
            catch (Exception failure) // the thread's outermost loop; the caller throws it
            {
                current.Fail(failure);
            }

            WorkerSet.Return(this);
            current.HelperDone();
        }
    }
}
