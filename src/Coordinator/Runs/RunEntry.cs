using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>A run in the catalogue: what was asked for, and where it stands.</summary>
internal sealed record RunEntry
{
    public required Guid Id { get; init; }

    /// <summary>Settings as they hold now; their store is the service's. Kept apart in the store.</summary>
    [JsonIgnore]
    public CoordinatorOptions Options { get; init; } = null!;

    /// <summary>Kept apart in the store, where the run's loop writes it too.</summary>
    [JsonIgnore]
    public RunState State { get; init; }

    [JsonIgnore]
    public string? Reason { get; init; }

    public int Priority { get; init; }

    public string? Note { get; init; }

    /// <summary>Which agents may take part, as a text of <see cref="LabelSelector"/>.</summary>
    public string Selector { get; init; } = "";

    public string? DataSet { get; init; }

    /// <summary>How long it waits for its agents; null: for ever.</summary>
    public TimeSpan? WaitFor { get; init; }

    public StartingPoint? StartFrom { get; init; }

    public RunOrigin? ForkedFrom { get; init; }

    public RunRetention Retention { get; init; } = new();

    /// <summary>Changes of its training that some agents had first, oldest first.</summary>
    public IReadOnlyList<Rollout> Rollouts { get; init; } = [];

    /// <summary>The one that is under way; null: none is.</summary>
    [JsonIgnore]
    public Rollout? Rollout => Rollouts is [.., { State: RolloutState.UnderWay } last] ? last : null;

    /// <summary>As submitted, with what was changed under way.</summary>
    public JsonObject Spec { get; init; } = [];

    public required DateTimeOffset SubmittedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public IReadOnlyList<StateChange> History { get; init; } = [];

    /// <summary>The base model, once it was read.</summary>
    public BaseModelRef? Base { get; init; }

    /// <summary>Folder of the base model.</summary>
    public string ModelFolder { get; init; } = "";

    public string? OutputFolder { get; init; }

    /// <summary>Where in a trace it was submitted, as a W3C <c>traceparent</c>; null: that was not traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Whether the broker may hold queues of it.</summary>
    public bool HasQueues { get; init; }

    /// <summary>Whether a service for one run has told how it ended: the next one begins another run.</summary>
    public bool Told { get; init; }

    /// <summary>Whether an operator submitted it to a service; a service for one run begins its own.</summary>
    [JsonIgnore]
    public bool IsSubmitted => History is [{ State: RunState.Queued }, ..];

    /// <summary>
    /// Whether rounds that are not known here have spent of its privacy budget, for the service was restored from a backup: nobody leads it until an
    /// operator says how many.
    /// </summary>
    public bool SpentUnknown { get; init; }

    /// <summary>A round that was open in that backup and may have ended after it: it is given up.</summary>
    public int? AbandonedRound { get; init; }

    /// <summary>Whether it was begun before there was a catalogue.</summary>
    public bool IsOfEarlierBuild { get; init; }

    [JsonIgnore]
    public string Name => Options.Name;

    [JsonIgnore]
    public bool IsOver => State is RunState.Completed or RunState.Incomplete or RunState.Failed or RunState.Cancelled;

    /// <summary>Newest rounds whose results are kept; in a private run none, whatever it says.</summary>
    [JsonIgnore]
    public int KeptResults => Options.Privacy is null ? Retention.Results : 0;

    /// <summary>Whether an agent may take part, by its labels, its data and its owner's rules.</summary>
    public bool Wants(FleetAgent agent) =>
        LabelSelector.Parse(Selector).Matches(agent.Labels)
        && agent.Holds(agent.Hello.Role == Contracts.Presence.AgentRole.Evaluator ? null : DataSet, Options.Task)
        && !IsForbidden(agent);

    /// <returns>Why an agent may not take part, as a sentence without its subject; null: it may.</returns>
    public string? WhyUnwanted(FleetAgent agent)
    {
        if (Wants(agent))
        {
            return null;
        }

        if (!LabelSelector.Parse(Selector).Matches(agent.Labels))
        {
            string labels = string.Join(
                ", ",
                agent.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
            return labels.Length == 0 ? "has no labels" : $"has other labels ({labels})";
        }

        if (IsForbidden(agent))
        {
            return $"may train its owner's models only as they are (allow.localModelsOnly), and {string.Join(", ", Folding())} changes their weights";
        }

        return $"has other data ({string.Join(", ", agent.DataSets.Select(data => $"{data.Name} for {Word(data.Task)}"))})";
    }

    private bool IsForbidden(FleetAgent agent) => agent.Hello.Limits is { LocalModelsOnly: true } && Folding().Any();

    /// <summary>Strategies of the run that change the weights of the base model.</summary>
    private IEnumerable<string> Folding() =>
        Options.Aggregation.StrategyNames().Where(strategy => StrategyRegistry.NeedsOf(strategy, round: 1).FoldsIntoBase);

    private static string Word(LearningTask task) => task == LearningTask.LanguageModel ? "lm" : "classification";
}
