using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Privacy;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>A round's manifest made into a model: a pure function of manifest, bodies and settings, run again after any crash with the same bits.</summary>
/// <param name="Turn">Counts aggregations; see <see cref="Runs.LiveRun.Turn"/>.</param>
/// <param name="Results">The manifest's results that count, in the order of agents' names.</param>
/// <param name="Broadcast">What the round's agents started from.</param>
/// <param name="Before">The model it is of, with what was folded into the base and the momentum of the round before.</param>
internal sealed record ManifestAggregation(int Round, int Turn, IReadOnlyList<StoredResult> Results, AdapterReference Broadcast, StoredModel Before)
{
    /// <summary>What agents of earlier rounds started from, and how many models there have been since, by round; for late results.</summary>
    public IReadOnlyDictionary<int, (StoredModel Model, int Age)> Starts { get; init; } = new Dictionary<int, (StoredModel, int)>();

    /// <summary>The noise to be added in a private run, where it is an input like the manifest; absent: the run is not private.</summary>
    public NoisySum? Noise { get; init; }

    /// <summary>A condition number may be infinite.</summary>
    private static readonly JsonSerializerOptions Reports = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <exception cref="AdapterFormatException">A body is not what it was when it was accepted, or the aggregate leaves the broadcast codec's range.</exception>
    /// <exception cref="ArgumentException">The updates and the settings don't go together.</exception>
    public AggregatedRound Run(CoordinatorOptions options, BlobStore blobs)
    {
        var starts = Starts.Where(start => start.Value.Age > 0)
            .ToDictionary(start => start.Key, start => new AdapterReference(GlobalModel.Read(start.Value.Model.Claim, Broadcast.Shape, blobs)));
        Update[] updates = [.. Results.Select(result => UpdateOf(result, starts.GetValueOrDefault(result.Round), blobs))];
        return options.Privacy is null ? Plain(options, updates, blobs) : Private(options, updates, blobs);
    }

    private AggregatedRound Plain(CoordinatorOptions options, Update[] updates, BlobStore blobs)
    {
        var carried = new CarriedState(blobs, Broadcast.Shape.Modules);
        AggregationResult merged = Aggregator.Aggregate(options.Aggregation, Broadcast.Adapter, updates, Turn, carried.Momentum(Before.Momentum));
        (BlobClaim claim, LoraAdapter adapter) = GlobalModel.Store(merged.Global, options, blobs);
        return new AggregatedRound(
            Round,
            claim,
            new AdapterReference(adapter),
            options.Aggregation.Strategy,
            new RoundDivergence(merged.Divergence.Used, merged.Divergence.FedIt, merged.Divergence.FloraNa, merged.Divergence.Bound),
            NormBound.Median([.. Results.Select(result => result.Norm)]),
            [.. Results.Select(result => result.Agent)],
            JsonSerializer.Serialize(merged.Modules, Reports))
        {
            BaseDelta = carried.Fold(Before.BaseDelta, merged, adapter),
            Momentum = carried.Store(merged.Momentum),
        };
    }

    /// <summary>No report is made, and no median: both would tell of updates what no noise protects.</summary>
    private AggregatedRound Private(CoordinatorOptions options, Update[] updates, BlobStore blobs)
    {
        PrivateResult merged = PrivateAggregation.Aggregate(
            options.Aggregation, options.Privacy!.ForRounds(options.Rounds.MinAgents), Broadcast.Adapter, updates, Turn, Noise!.Count, Noise.NoiseKey.AsSpan());
        (BlobClaim claim, LoraAdapter adapter) = GlobalModel.Store(merged.Global, options, blobs);
        return new AggregatedRound(
            Round, claim, new AdapterReference(adapter), options.Aggregation.Strategy, Divergence: null, new ChangeNorm(0, 0), [.. Results.Select(result => result.Agent)], ModulesJson: null)
        {
            Epsilon = merged.Epsilon,
        };
    }

    /// <param name="start">What it is a difference to, if that is not what was broadcast.</param>
    private Update UpdateOf(StoredResult result, AdapterReference? start, BlobStore blobs) =>
        new(result.Agent, result.Examples, AdapterPayload.Decode(blobs.ReadAll(result.Sha256), Broadcast.Shape, start ?? Broadcast))
        {
            ClassCounts = result.ClassWeights,
            Staleness = start is null ? 0 : Starts[result.Round].Age,
            Start = start?.Adapter,
        };
}
