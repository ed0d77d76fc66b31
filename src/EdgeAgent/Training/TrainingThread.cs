using EdgeFlora.EdgeAgent.Limits;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Runs work on a thread of its own, off the pool that serves messages and heartbeats.</summary>
public static class TrainingThread
{
    /// <param name="nice">How much it, and what it starts, leaves to others; 0 … 19.</param>
    /// <param name="work">May throw: whoever awaits the result is told.</param>
    public static Task<T> RunAsync<T>(string name, int nice, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Niceness.Apply(nice);
                done.SetResult(work());
            }
            catch (OperationCanceledException cancelled)
            {
                done.SetCanceled(cancelled.CancellationToken);
            }
#pragma warning disable CA1031 // A thread's outermost frame: whatever happened belongs to whoever waits.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                done.SetException(failure);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return done.Task;
    }
}
