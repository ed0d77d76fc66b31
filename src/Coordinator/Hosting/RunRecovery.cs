using System.Collections.Immutable;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
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
            state.Welcome(agent with { LastHeard = now });
            if (agent.Present)
            {
                state.Silences.Watch(agent.Name, now + facts.SilenceMs);
            }
        }

        foreach (StoredModel model in reader.Models())
        {
            state.Models[model.Round] = model.WithoutReports();
        }

        state.RemovedBodies.UnionWith(
            state.Models.Values.Where(model => model.Round != state.NewestModel)
                .SelectMany(model => new[] { model.Claim.Sha256, model.BaseDelta?.Sha256 })
                .OfType<string>()
                .Where(body => !blobs.Contains(body)));

        state.NoisySums = reader.NoisySums();
        foreach ((int round, AgentTask task) in reader.Tasks(nameof(TaskKind.Evaluate)))
        {
            state.Measurements.Set(round, Fresh(task, now), facts.Rules);
        }

        state.Measured.UnionWith(reader.Evaluations().Concat(reader.AgentMeasures()).Select(evaluation => (evaluation.Round, evaluation.Agent)));
        state.Ending = reader.Ending();
        state.Published = reader.Published();

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
        return
        [
            .. reader.Manifest(round).Where(entry => entry.Reason is null)
                .Select(entry => entry.Weight is { } weight ? results[entry.Agent] with { Weight = weight } : results[entry.Agent]),
        ];
    }

    /// <summary>What a merge needs to know of earlier rounds where agents keep control variates; else nothing.</summary>
    public static IReadOnlyDictionary<string, double> CountedBefore(RunReader reader, CoordinatorOptions options, int round) =>
        options.Training.ControlVariates ? reader.CountedBefore(round) : new Dictionary<string, double>();

    /// <summary>Agents that have a task of the run in their hands, also behind a broken link.</summary>
    public static IReadOnlyCollection<string> Held(RunReader reader, RoundRules rules) => reader.LastRound() is not { } round ? [] : AgentDemand.Of(
        round with { Busy = Busy(Late(reader, rules, round)) }, now: 0, rules, paused: true, drained: new HashSet<string>()).Kept;

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

        foreach (AgentTask task in Late(reader, facts.Rules, round))
        {
            state.LateTasks[task.Agent] = task;
        }

        state.Round = round with
        {
            Standings = state.Standings.Where(standing => standing.Value != AgentStanding.Proven).ToImmutableDictionary(StringComparer.Ordinal),
            Busy = Busy(state.LateTasks.Values),
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

    /// <summary>Tasks of the round before that were not done when it was frozen, and whose results may count in the present one.</summary>
    private static AgentTask[] Late(RunReader reader, RoundRules rules, Round round) => !rules.KeepLate || !round.IsBeforeFreeze ? [] :
    [
        .. reader.Tasks(nameof(TaskKind.Train))
            .Where(task => task.Round == round.Number - 1 && task.Task.State is TaskState.Late or TaskState.Lost)
            .Select(task => task.Task).ToArray()
            .Where(task => !reader.HasResult(round.Number - 1, task.Agent)),
    ];

    private static ImmutableSortedSet<string> Busy(IEnumerable<AgentTask> late) =>
        late.Where(task => task.State == TaskState.Late).Select(task => task.Agent).ToImmutableSortedSet(StringComparer.Ordinal);

    private static AgentTask Fresh(AgentTask task, long now) => task switch
    {
        { State: TaskState.Offered } => task with { OfferedAt = now, LastHeard = now },
        { State: TaskState.Accepted } => task with { LastHeard = now },
        _ => task,
    };
}
