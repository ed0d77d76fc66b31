using System.Runtime.ExceptionServices;

namespace EdgeFlora.Learning.Portable;

/// <summary>
/// A fixed number of threads that run one piece of work together, the caller's among them. Allocates nothing per run; with one thread it only calls.
/// </summary>
internal sealed class ThreadCrew : IDisposable
{
    private readonly SemaphoreSlim done = new(0);
    private readonly SemaphoreSlim[] wake;
    private readonly Exception?[] failures;
    private Action<int>? work;

    public ThreadCrew(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        failures = new Exception?[threads];
        wake = new SemaphoreSlim[threads - 1];
        for (int i = 0; i < wake.Length; i++)
        {
            wake[i] = new SemaphoreSlim(0);
            int worker = i + 1;
            new Thread(() => Serve(worker)) { IsBackground = true, Name = $"training {worker}" }.Start();
        }
    }

    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="body"/> once for each worker 0 … threads − 1 and waits for all; the failure of the lowest worker is thrown.
    /// </summary>
    public void Run(Action<int> body)
    {
        work = body;
        foreach (SemaphoreSlim semaphore in wake)
        {
            semaphore.Release();
        }

        Call(0);
        for (int i = 0; i < wake.Length; i++)
        {
            done.Wait();
        }

        foreach (Exception? failure in failures)
        {
            if (failure is not null)
            {
                Array.Clear(failures);
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        work = null;
        foreach (SemaphoreSlim semaphore in wake)
        {
            semaphore.Release();
        }
    }

    private void Serve(int worker)
    {
        while (true)
        {
            wake[worker - 1].Wait();
            if (work is null)
            {
                return;
            }

            Call(worker);
            done.Release();
        }
    }

    private void Call(int worker)
    {
        try
        {
            work!(worker);
        }
#pragma warning disable CA1031 // Whatever a worker throws is thrown again on the caller's thread; here it would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failures[worker] = exception;
        }
    }
}
