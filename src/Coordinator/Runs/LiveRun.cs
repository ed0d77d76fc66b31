using System.Collections.Immutable;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>The run as it stands: what the store holds, and who was heard when. Touched by the run's one loop only.</summary>
internal sealed class LiveRun
{
    /// <summary>Everybody who was ever welcomed, by name. New ones come in by <see cref="Welcome"/>.</summary>
    public SortedDictionary<string, KnownAgent> Agents { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that measure.</summary>
    public SortedSet<string> Evaluators { get; } = new(StringComparer.Ordinal);

    /// <summary>When agents that are there would have been silent for too long.</summary>
    public SilenceWatch Silences { get; } = new();

    /// <summary>The round that is planned, open or being aggregated; the last one when the run is ending.</summary>
    public Round? Round { get; set; }

    /// <summary>Agents whose tasks this step has changed.</summary>
    public HashSet<string> Touched { get; } = new(StringComparer.Ordinal);

    /// <summary>Models by round; 0: the first adapter. A skipped round has none.</summary>
    public SortedDictionary<int, StoredModel> Models { get; } = [];

    /// <summary>Bodies of earlier models that are on the disk no more, by SHA-256: these models can't be measured any longer.</summary>
    public HashSet<string> RemovedBodies { get; } = new(StringComparer.Ordinal);

    /// <summary>What the newest model's body decodes to: the reference of every update of the present round.</summary>
    public AdapterReference? Broadcast { get; set; }

    /// <summary>The results that count in the present round, by agent: its own, and late ones of the round before.</summary>
    public SortedDictionary<string, StoredResult> Results { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Tasks of the round before that were not done when it was frozen, and whose results may count in the present one, by agent. Empty where late
    /// results are dropped.
    /// </summary>
    public SortedDictionary<string, AgentTask> LateTasks { get; } = new(StringComparer.Ordinal);

    /// <summary>The present round's refused agents, with the reason.</summary>
    public SortedDictionary<string, string> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>Agents whose result of the present round is being looked at.</summary>
    public HashSet<string> UnderInspection { get; } = new(StringComparer.Ordinal);

    /// <summary>How often an agent's result of a round could not be looked into since its body was handed over, by agent.</summary>
    public RoundCounts FailedInspections { get; } = new();

    /// <summary>How often the body of an agent's result of a round was asked for again, by agent.</summary>
    public RoundCounts LostBodies { get; } = new();

    /// <summary>Lower median of the changes in the last committed round; absent before one.</summary>
    public ChangeNorm? MedianNorm { get; set; }

    public MeasurementTasks Measurements { get; } = new();

    /// <summary>Which models which evaluators have measured; the figures are in the store.</summary>
    public HashSet<(int Round, string Agent)> Measured { get; } = [];

    /// <summary>How good models were measured to be, where something follows from it.</summary>
    public ModelFigures Figures { get; } = new();

    /// <summary>Which round's model is the run's, once that is decided: all rounds and evaluators' measurements are over then.</summary>
    public PublishedModel? Published { get; set; }

    /// <summary>Why the run ends before all its rounds are done; null: it does not.</summary>
    public string? Ending { get; set; }

    /// <summary>Noisy sums of a private run so far: what its budget is spent on.</summary>
    public int NoisySums { get; set; }

    /// <summary>Number of the last event.</summary>
    public long Sequence { get; set; }

    /// <summary>Numbers up to here are kept free in the store.</summary>
    public long SequenceReserved { get; set; }

    /// <summary>All rounds are over: when waiting for evaluations ends, run clock in milliseconds.</summary>
    public long? EndBy { get; set; }

    /// <summary>How the run ended, once it has.</summary>
    public RunEnd? End { get; set; }

    /// <summary>Whether an operator holds the run: nothing new begins.</summary>
    public bool Paused { get; set; }

    /// <summary>How often the fleet has granted agents to this run.</summary>
    public int GrantsSeen { get; set; }

    /// <summary>Agents of the fleet that can't take part in this run, with the reason, for people.</summary>
    public ImmutableSortedDictionary<string, string> Unfit { get; set; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public int NewestModel => Models.Count == 0 ? 0 : Models.Keys.Max();

    /// <summary>Takes in an agent that was welcomed, as what it is now.</summary>
    public void Welcome(KnownAgent agent)
    {
        Agents[agent.Name] = agent;
        if (agent.Role == Contracts.Presence.AgentRole.Evaluator)
        {
            Evaluators.Add(agent.Name);
        }
        else
        {
            Evaluators.Remove(agent.Name);
        }
    }

    /// <summary>Whether all that agents need of a model is still on the disk.</summary>
    public bool IsWhole(StoredModel model) =>
        !RemovedBodies.Contains(model.Claim.Sha256) && !(model.BaseDelta is { } delta && RemovedBodies.Contains(delta.Sha256));

    /// <summary>
    /// Counts aggregations, from 1: the present round's is the one after those that gave a model. Strategies that alternate go by it, so that a
    /// skipped round costs no turn.
    /// </summary>
    public int Turn => Models.Count;

    /// <summary>What a round's agents started from: the newest model before it.</summary>
    public StoredModel StartOf(int round) => Models.Last(model => model.Key < round).Value;

    /// <summary>What a round's agents started from, and how many models there have been since.</summary>
    public (StoredModel Model, int Age) StartWithAge(int round) => (StartOf(round), Models.Keys.Count(model => model >= round));

    /// <summary>Rank that the task of a message was offered with, in the present round or the one before; null: the run's.</summary>
    public int? RankOf(MessageHeader header) =>
        (header.Round == Round?.Number ? Round.Tasks.GetValueOrDefault(header.AgentId) : LateTasks.GetValueOrDefault(header.AgentId))?.Rank;

    /// <summary>What the present round asks of training.</summary>
    public RoundNeeds Needs(CoordinatorOptions options) => RoundNeeds.Of(options.Aggregation, Broadcast!.Shape, Turn);

    /// <summary>What trainers' earlier tasks say of the next, by name.</summary>
    public IEnumerable<KeyValuePair<string, AgentStanding>> Standings =>
        Agents.Values.Where(agent => agent.Role == Contracts.Presence.AgentRole.Trainer)
            .Select(agent => KeyValuePair.Create(agent.Name, agent.Standing));

    public IEnumerable<string> Trainers => Agents.Values.Where(agent => agent.MayTrain).Select(agent => agent.Name);
}

/// <summary>
/// How a run ended; <paramref name="Failure"/> is absent if it ended in good order, <paramref name="Note"/> if it then did all its rounds.
/// </summary>
/// <param name="Shortfall">What is missing, if rounds were skipped.</param>
internal sealed record RunEnd(string? Failure, string? Note = null, string? Shortfall = null)
{
    public string? Detail => Failure ?? (Shortfall is not null && Note is not null ? $"{Note}; {Shortfall}" : Shortfall ?? Note);

    /// <summary>Whether an operator ended it; then <see cref="Note"/> says why.</summary>
    public bool Cancelled { get; init; }
}
