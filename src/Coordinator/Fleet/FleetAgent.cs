using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>An agent of the fleet, as it is kept.</summary>
internal sealed record FleetAgent
{
    /// <summary>Code of an agent's own leaving.</summary>
    public const string GoodbyeCode = "Bye";

    /// <summary>What it last said of itself.</summary>
    public required AgentHello Hello { get; init; }

    public AgentStanding Standing { get; init; } = AgentStanding.Active;

    /// <summary>Why it is drained, quarantined or revoked.</summary>
    public string? Reason { get; init; }

    /// <summary>Labels that an operator gave it, over those that its owner gave; null: the owner's is taken away.</summary>
    public IReadOnlyDictionary<string, string?> OperatorLabels { get; init; } = new Dictionary<string, string?>();

    public DateTimeOffset EnrolledAt { get; init; }

    public DateTimeOffset LastHeardAt { get; init; }

    /// <summary>Whether it has said goodbye since its last hello.</summary>
    public bool Left { get; init; }

    /// <summary>What it does, as its last heartbeat said.</summary>
    public string? Activity { get; init; }

    /// <summary>
    /// Queue that goes with its connection to the broker, as it last said; null: there is none that could be asked for. Not stored.
    /// </summary>
    [JsonIgnore]
    public string? ConnectionQueue { get; init; }

    /// <summary>The last lines of its terminal, as it last told; none where it did not. Not stored.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Terminal { get; init; } = [];

    [JsonIgnore]
    public DateTimeOffset? TerminalAt { get; init; }

    /// <summary>Whether its connection has gone since it was last heard. Not stored.</summary>
    [JsonIgnore]
    public bool IsCutOff { get; init; }

    /// <summary>
    /// The newest round of each run under way when an agent of this name first said hello with its present build: what came of that round and earlier
    /// ones is another build's work. Null: stored by an earlier release, which did not note it, and no hello has come since.
    /// </summary>
    public IReadOnlyDictionary<string, int>? BuildSince { get; init; }

    public string Name => Hello.Header.AgentId;

    /// <summary>Version of its program. Earlier releases stored agents that did not tell theirs.</summary>
    public string Build => Hello.Build ?? "unknown";

    public Guid Boot => Hello.Header.BootId;

    public IReadOnlyDictionary<string, string> Labels
    {
        get
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach ((string key, string value) in Hello.Labels)
            {
                labels[key] = value;
            }

            foreach ((string key, string? value) in OperatorLabels)
            {
                if (value is null)
                {
                    labels.Remove(key);
                }
                else
                {
                    labels[key] = value;
                }
            }

            return labels;
        }
    }

    /// <summary>Its data sets, the one of an agent that names none as well.</summary>
    public IReadOnlyList<DataSetSummary> DataSets => Hello.DataSets.Count > 0
        ? Hello.DataSets
        :
        [
            new DataSetSummary
            {
                Name = "default",
                Task = Hello.Task,
                Examples = Hello.Data.Examples,
                HeldOut = Hello.Data.HeldOut,
                Sha256 = Hello.Data.Sha256,
            },
        ];

    public bool Holds(string? dataSet, LearningTask task) => DataSets.Any(held => held.Task == task && (dataSet is null || held.Name == dataSet));

    /// <summary>Whether it may work for a run; where it is drained, only if it brings a task of that with it.</summary>
    public bool MayWorkFor(Guid run) =>
        Standing == AgentStanding.Active || (Standing == AgentStanding.Draining && Hello.Tasks.Any(open => open.RunId == run));

    /// <summary>Why it does no work, as a code and a sentence; null: it may, or finishes what it has.</summary>
    [JsonIgnore]
    public (string Code, string Detail)? Withdrawal =>
        Standing is AgentStanding.Quarantined or AgentStanding.Revoked ? ($"{Standing}", Reason ?? $"{Standing}")
        : Left ? (GoodbyeCode, "said goodbye")
        : null;

    /// <summary>Whether its work in a round is that of its present build.</summary>
    public bool HadBuild(string run, int round) => BuildSince is { } since && round > since.GetValueOrDefault(run);

    /// <summary>What <see cref="FleetAdmission"/> goes by.</summary>
    public (Guid Installation, Guid Boot, AgentStanding Standing, string? Reason) Known() => (Hello.Installation, Boot, Standing, Reason);
}
