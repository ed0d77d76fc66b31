using System.Text;
using System.Text.Json;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Coordinator.Store;

/// <summary>An agent's one accepted result of a round.</summary>
/// <param name="Round">The round it was trained in.</param>
/// <param name="Examples">Those it counts with at most: no more than it claims, its agent's hello stated and the settings allow.</param>
/// <param name="Norm">Length of its change against the broadcast adapter.</param>
internal sealed record StoredResult(
    int Round, string Agent, string Sha256, long Size, string Codec, int Examples, ChangeNorm Norm, ResultMetrics Metrics)
{
    /// <summary>The round it counts in, if that is not its own; below zero if a result of that round took its place.</summary>
    public int? CountsIn { get; init; }

    /// <summary>Rank of its adapter, which its task was offered with; absent: the run's.</summary>
    public int? Rank { get; init; }

    /// <summary>What it weighs beside the others of its round, in examples; what the manifest says, once there is one.</summary>
    public double Weight { get; init; } = Examples;

    public bool IsLate => CountsIn is not null;

    /// <summary>Milliseconds of training, as its agent says.</summary>
    public long TrainMs { get; init; }

    /// <summary>Milliseconds of fetching and handing over, as its agent says; absent: it does not.</summary>
    public long? TransferMs { get; init; }

    /// <summary>Examples of each class, uncapped, in the order of the run's labels; absent where the run does not ask for them.</summary>
    public IReadOnlyList<int>? ClassCounts { get; init; }

    /// <summary>Weights of the classes that add up to <see cref="Weight"/>: a capped agent weighs no more by being counted by class.</summary>
    public IReadOnlyList<double>? ClassWeights => ClassCounts is { } counts && counts.Sum(count => (long)count) is > 0 and var sum
        ? [.. counts.Select(count => (double)count * Weight / sum)]
        : null;
}

/// <summary>What somebody measured of a round's model.</summary>
/// <param name="Round">0: the first adapter.</param>
internal sealed record StoredEvaluation(int Round, string Agent, int Examples, ResultMetrics Metrics);

/// <summary>An agent in a round's frozen list; <paramref name="Reason"/> says why its result does not count, if it does not.</summary>
/// <param name="Weight">What its result weighs, in examples; absent: all its examples.</param>
internal sealed record ManifestEntry(string Agent, string? Reason, double? Weight = null);

/// <summary>A round's one model; round 0 is the first adapter, before any training.</summary>
internal sealed record StoredModel(int Round, BlobClaim Claim, RoundFigures? Figures, string? ModulesJson)
{
    /// <summary>All that was folded into the base weights up to this round; absent: nothing.</summary>
    public BlobClaim? BaseDelta { get; init; }

    /// <summary>
    /// What the next round goes on with beside the model: the state of the server step, or the agents' mean control variate; absent where there is
    /// neither. Removed from the disk once a later round has its model.
    /// </summary>
    public BlobClaim? Momentum { get; init; }

    /// <summary>Without what only the ledger needs, which would fill the memory of a long run.</summary>
    public StoredModel WithoutReports() => this with { Figures = null, ModulesJson = null };

    /// <summary>Hash over all of it; see <see cref="RoundFigures.CommitSha256"/>.</summary>
    public string CommitSha256
    {
        get
        {
            IEnumerable<(string Part, BlobClaim? Body)> parts = [("adapter", Claim), ("base-delta", BaseDelta), ("momentum", Momentum)];
            return ContentHash.Sha256(
                Encoding.UTF8.GetBytes(
                    string.Concat(parts.Where(part => part.Body is not null).Select(part => $"{part.Part} {part.Body!.Sha256}\n"))));
        }
    }
}

/// <summary>A message to be sent: in <see cref="Body"/> as JSON, or made at sending from the state (offers, whose remaining time runs).</summary>
internal sealed record OutboxRow
{
    public long Id { get; init; }

    /// <summary>Name of the message's type.</summary>
    public required string Kind { get; init; }

    /// <summary>Agent it is for; absent: published.</summary>
    public string? Agent { get; init; }

    public int Round { get; init; }

    public string? Body { get; init; }

    public static OutboxRow Of<T>(string agent, T message, int round)
        where T : class => new() { Kind = typeof(T).Name, Agent = agent, Round = round, Body = JsonSerializer.Serialize(message) };
}
