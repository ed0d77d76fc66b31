using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Tasks of evaluators, by the round whose model they measure. Knows which are under way without looking at the others.</summary>
internal sealed class MeasurementTasks
{
    private readonly Dictionary<(int Round, string Agent), AgentTask> tasks = [];
    private readonly SortedDictionary<string, int> underWay = new(StringComparer.Ordinal);

    /// <summary>No lease ends before, run clock in milliseconds; absent: nobody is at work.</summary>
    public long? NextCheck { get; private set; }

    /// <summary>Tasks under way, by agent.</summary>
    public IEnumerable<(int Round, AgentTask Task)> UnderWay => underWay.Select(entry => (entry.Value, tasks[(entry.Value, entry.Key)]));

    public AgentTask? Find(int round, string agent) => tasks.GetValueOrDefault((round, agent));

    /// <summary>What an agent is at; null: nothing.</summary>
    public (int Round, AgentTask Task)? Of(string agent) => underWay.TryGetValue(agent, out int round) ? (round, tasks[(round, agent)]) : null;

    public void Set(int round, AgentTask task, RoundRules rules)
    {
        tasks[(round, task.Agent)] = task;
        if (task.AtWork)
        {
            underWay[task.Agent] = round;
            NextCheck = Math.Min(NextCheck ?? long.MaxValue, task.LeaseEnd(rules));
        }
        else if (underWay.GetValueOrDefault(task.Agent, -1) == round)
        {
            underWay.Remove(task.Agent);
            NextCheck = underWay.Count == 0 ? null : NextCheck;
        }
    }

    /// <summary>Tasks whose lease is over. Looks at none before <see cref="NextCheck"/>.</summary>
    public IReadOnlyList<AgentTask> Overdue(long now, RoundRules rules)
    {
        if (NextCheck is null || now < NextCheck)
        {
            return [];
        }

        AgentTask[] all = [.. UnderWay.Select(work => work.Task)];
        AgentTask[] overdue = [.. all.Where(task => now >= task.LeaseEnd(rules))];

        // What is overdue stays to be looked at until it has ended.
        NextCheck = all.Min(task => task.LeaseEnd(rules));
        return overdue;
    }
}
