using System.Collections.Concurrent;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Work that begins or ends the leading of single runs: one piece a run, all of them beside each other, so that none waits for another's.
/// </summary>
/// <param name="ended">Called when a piece is done.</param>
internal sealed class RunTasks(Action ended)
{
    private readonly ConcurrentDictionary<Guid, Task> tasks = [];

    /// <summary>Runs that are worked on.</summary>
    public IEnumerable<Guid> Runs => tasks.Keys;

    public bool Contains(Guid run) => tasks.ContainsKey(run);

    /// <summary>Begins the work on a run, on a thread of its own. The run must not be worked on already.</summary>
    /// <param name="done">Called when that went well, and the run is worked on no more.</param>
    public Task Begin(Guid run, Func<Task> work, Action? done = null)
    {
        var mayBegin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task task = WorkAsync(mayBegin.Task, run, work, done);
        if (!tasks.TryAdd(run, task))
        {
            throw new InvalidOperationException($"Run {run} is worked on already.");
        }

        mayBegin.SetResult();
        return task;
    }

    /// <summary>Says what went wrong.</summary>
    /// <exception cref="Exception">What broke a piece of work.</exception>
    public async Task CheckAsync()
    {
        foreach (Task broken in tasks.Values.Where(task => task.IsCompleted && !task.IsCompletedSuccessfully).ToArray())
        {
            await broken;
        }
    }

    /// <summary>
    /// Waits until nothing is under way, however it ends, or for a while: a file system that hangs must not keep the service from ending.
    /// </summary>
    public async Task SettleAsync(TimeSpan most, TimeProvider time) =>
        await Task.WhenAll(tasks.Values).WaitAsync(most, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task WorkAsync(Task mayBegin, Guid run, Func<Task> work, Action? done)
    {
        await mayBegin;
        try
        {
            await work();
            tasks.TryRemove(run, out _);
            done?.Invoke();
        }
        finally
        {
            ended();
        }
    }
}
