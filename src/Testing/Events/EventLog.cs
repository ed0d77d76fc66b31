using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Testing.Events;

/// <summary>The events of a run so far, and those that are waited for. Thread-safe.</summary>
internal sealed class EventLog
{
    private const int Told = 20;

    private readonly Lock gate = new();
    private readonly List<RunEvent> events = [];
    private TaskCompletionSource more = New();

    public IReadOnlyList<RunEvent> All
    {
        get
        {
            lock (gate)
            {
                return [.. events];
            }
        }
    }

    public void Add(RunEvent happened)
    {
        lock (gate)
        {
            events.Add(happened);
            more.TrySetResult();
            more = New();
        }
    }

    /// <summary>The first event that is wanted, of those that were and those that will be.</summary>
    public async Task<RunEvent> FirstAsync(Func<RunEvent, bool> wanted, CancellationToken stop)
    {
        for (int seen = 0; ;)
        {
            RunEvent[] fresh;
            Task next;
            lock (gate)
            {
                fresh = [.. events.Skip(seen)];
                next = more.Task;
            }

            if (fresh.FirstOrDefault(wanted) is { } found)
            {
                return found;
            }

            seen += fresh.Length;
            await next.WaitAsync(stop);
        }
    }

    /// <summary>The last events, for people.</summary>
    public override string ToString() => string.Join(
        '\n', All.TakeLast(Told).Select(happened => $"  round {happened.Round}{(happened.AgentId is { } agent ? $", {agent}" : "")}: {happened.Kind} "
            + $"{happened.Phase}{happened.Code} {happened.Detail}"));

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
