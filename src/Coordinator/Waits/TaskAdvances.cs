using System.Collections.Concurrent;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>Remembers how far agents last said they are: in memory only, for after a restart they say it again within seconds. Thread-safe.</summary>
internal sealed class TaskAdvances
{
    private static readonly IReadOnlyDictionary<string, TaskAdvance> None = new Dictionary<string, TaskAdvance>();

    private readonly ConcurrentDictionary<Guid, ConcurrentDictionary<string, TaskAdvance>> runs = [];

    /// <summary>Takes note of progress; forgets a run that is over.</summary>
    public void Take(RunEvent happened)
    {
        switch (happened.Kind)
        {
            case RunEventKind.TaskProgressed when happened.AgentId is { } agent && Enum.TryParse(happened.Phase, out TaskPhase phase):
                runs.GetOrAdd(happened.RunId, static _ => new(StringComparer.Ordinal))[agent] =
                    new TaskAdvance(happened.Round, phase, happened.Step ?? 0, happened.Total ?? 0, happened.Loss, happened.Detail);
                break;
            case RunEventKind.RoundOpened or RunEventKind.RunCompleted or RunEventKind.RunIncomplete or RunEventKind.RunFailed:
                runs.TryRemove(happened.RunId, out _);
                break;
        }
    }

    /// <summary>By agent.</summary>
    public IReadOnlyDictionary<string, TaskAdvance> Of(Guid run) =>
        runs.TryGetValue(run, out ConcurrentDictionary<string, TaskAdvance>? known) ? known : None;
}
