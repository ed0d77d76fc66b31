using System.Collections.Concurrent;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Work that begins or ends the leading of single runs: one piece a run, all of them beside each other, so that none waits for another's.</summary>
/// <param name="ended">Called when a piece is done.</param>
internal sealed class RunTasks(Action ended)
{
    private readonly ConcurrentDictionary<Guid, Task> tasks = [];

    /// <summary>Runs that are worked on.</summary>
    public IEnumerable<Guid> Runs => tasks.Keys;

    public bool Contains(Guid run) => tasks.ContainsKey(run);

    /// <summary>Begins the work on a run, on a thread of its own. The run must not be worked on already.</summary>
    public Task Begin(Guid run, Func<Task> work)
    {
        var mayBegin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task task = WorkAsync(mayBegin.Task, work);
        if (!tasks.TryAdd(run, task))
        {
            throw new InvalidOperationException($"Run {run} is worked on already.");
        }

        mayBegin.SetResult();
        return task;
    }

    /// <summary>Takes out what is done.</summary>
    /// <exception cref="Exception">What broke a piece of work.</exception>
    public async Task CollectAsync()
    {
        foreach ((Guid run, Task task) in tasks.Where(entry => entry.Value.IsCompleted).ToArray())
        {
            tasks.TryRemove(run, out _);
            await task;
        }
    }

    /// <summary>Waits until nothing is under way, however it ends.</summary>
    public async Task SettleAsync() => await Task.WhenAll(tasks.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task WorkAsync(Task mayBegin, Func<Task> work)
    {
        await mayBegin;
        try
        {
            await work();
        }
        finally
        {
            ended();
        }
    }
}
