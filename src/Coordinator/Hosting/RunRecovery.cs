using System.Collections.Immutable;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Brings back what a dead coordinator left, with a fresh start for everybody's silence: its outage is nobody's fault.</summary>
internal static class RunRecovery
{
    /// <param name="now">Run clock in milliseconds: where the dead coordinator was last known alive.</param>
    public static void Load(LiveRun state, RunReader reader, RunFacts facts, AdapterShape shape, BlobStore blobs, long now)
    {
        state.Sequence = state.SequenceReserved = reader.RunState().LastSequence;
        foreach (KnownAgent agent in reader.Agents())
        {
            state.Agents[agent.Name] = agent with { LastHeard = now };
            if (agent.Present)
            {
                state.Silences.Watch(agent.Name, now + facts.SilenceMs);
            }
        }

        foreach (StoredModel model in reader.Models())
        {
            state.Models[model.Round] = model.WithoutReports();
        }

        state.RemovedBaseDeltas.UnionWith(
            state.Models.Values.Where(model => model.Round != state.NewestModel).Select(model => model.BaseDelta?.Sha256).OfType<string>().Where(delta => !blobs.Contains(delta)));

        state.NoisySums = reader.NoisySums();
        foreach ((int round, AgentTask task) in reader.Tasks(nameof(TaskKind.Evaluate)))
        {
            state.EvaluationTasks[(round, task.Agent)] = Fresh(task, now);
        }

        foreach ((int round, string agent, _, Contracts.Results.ResultMetrics metrics) in reader.Evaluations())
        {
            state.Evaluations[(round, agent)] = metrics;
        }

        if (state.Models.Count == 0)
        {
            return;
        }

        state.Broadcast = new AdapterReference(GlobalModel.Read(state.Models[state.NewestModel].Claim, shape, blobs));
        if (state.NewestModel > 0)
        {
            state.MedianNorm = NormBound.Median([.. Counted(reader, state.NewestModel).Select(result => result.Norm)]);
        }

        LoadRound(state, reader, facts, now);
    }

    /// <summary>The results in a round's manifest that count, in the order of agents' names.</summary>
    public static IReadOnlyList<StoredResult> Counted(RunReader reader, int round)
    {
        Dictionary<string, StoredResult> results = reader.Results(round).ToDictionary(result => result.Agent, StringComparer.Ordinal);
        return [.. reader.Manifest(round).Where(entry => entry.Reason is null).Select(entry => results[entry.Agent] is var result && entry.Weight is { } weight ? result with { Weight = weight } : results[entry.Agent])];
    }

    private static void LoadRound(LiveRun state, RunReader reader, RunFacts facts, long now)
    {
        if (reader.LastRound() is not { } round)
        {
            return;
        }

        foreach (StoredResult result in reader.Results(round.Number))
        {
            state.Results[result.Agent] = result;
        }

        foreach ((string agent, string reason) in reader.Refusals(round.Number))
        {
            state.Refusals[agent] = reason;
        }

        LoadLate(state, reader, facts, round);
        state.Round = round with
        {
            Standings = state.Standings.Where(standing => standing.Value != AgentStanding.Proven).ToImmutableDictionary(StringComparer.Ordinal),
            Busy = state.LateTasks.Values.Where(task => task.State == TaskState.Late).Select(task => task.Agent).ToImmutableSortedSet(StringComparer.Ordinal),
            Granted = round.Tasks.Keys.ToImmutableSortedSet(StringComparer.Ordinal),
            Online = state.Trainers.ToImmutableSortedSet(StringComparer.Ordinal),
            Tasks = round.Tasks.SetItems(round.Tasks.Select(task => KeyValuePair.Create(task.Key, Fresh(task.Value, now)))),
            HardDeadline = round.State is RoundState.Frozen or RoundState.Aggregating ? now + facts.Rules.AggregationTimeoutMs : round.HardDeadline,
        };
        if (round.IsOver)
        {
            state.EndBy = now + RunFacts.Milliseconds(facts.Options.Rounds.EvaluationTimeout);
        }
    }

    private static void LoadLate(LiveRun state, RunReader reader, RunFacts facts, Round round)
    {
        if (!facts.Rules.KeepLate || !round.IsBeforeFreeze)
        {
            return;
        }

        foreach ((_, AgentTask task) in reader.Tasks(nameof(TaskKind.Train)).Where(task => task.Round == round.Number - 1 && task.Task.State is TaskState.Late or TaskState.Lost).ToArray())
        {
            if (!reader.HasResult(round.Number - 1, task.Agent))
            {
                state.LateTasks[task.Agent] = task;
            }
        }
    }

    private static AgentTask Fresh(AgentTask task, long now) => task switch
    {
        { State: TaskState.Offered } => task with { OfferedAt = now, LastHeard = now },
        { State: TaskState.Accepted } => task with { LastHeard = now },
        _ => task,
    };
}
