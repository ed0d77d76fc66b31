using System.Collections.Concurrent;
using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>How runs end, for whoever waits for that. Thread-safe.</summary>
internal sealed class RunOutcomes
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<RunOutcome>> outcomes = [];

    /// <summary>Completes when the run is over, or when the service stops.</summary>
    public Task<RunOutcome> Of(Guid run) => Source(run).Task;

    public void Set(Guid run, RunOutcome outcome) => Source(run).TrySetResult(outcome);

    public void Fail(Guid run, Exception failure) => Source(run).TrySetException(failure);

    /// <summary>The service breaks: whoever still waits hears of it.</summary>
    public void FailAll(Exception failure)
    {
        foreach (TaskCompletionSource<RunOutcome> waiting in outcomes.Values)
        {
            waiting.TrySetException(failure);
        }
    }

    /// <summary>The service stops: nobody waits any more.</summary>
    public void CancelAll()
    {
        foreach (TaskCompletionSource<RunOutcome> waiting in outcomes.Values)
        {
            waiting.TrySetCanceled(CancellationToken.None);
        }
    }

    private TaskCompletionSource<RunOutcome> Source(Guid run) =>
        outcomes.GetOrAdd(run, static _ => new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
}
