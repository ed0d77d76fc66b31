using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.ControlVariates;
using EdgeFlora.Aggregation.Privacy;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>
/// A round's manifest made into a model: a pure function of manifest, bodies and settings, run again after any crash with the same bits.
/// </summary>
/// <param name="Turn">Counts aggregations; see <see cref="Runs.LiveRun.Turn"/>.</param>
/// <param name="Results">The manifest's results that count, in the order of agents' names.</param>
/// <param name="Broadcast">What the round's agents started from.</param>
/// <param name="Before">The model it is of, with what was folded into the base and the state of the server step.</param>
internal sealed record ManifestAggregation(int Round, int Turn, IReadOnlyList<StoredResult> Results, AdapterReference Broadcast, StoredModel Before)
{
    /// <summary>What agents of earlier rounds started from, and how many models there have been since, by round; for late results.</summary>
    public IReadOnlyDictionary<int, (StoredModel Model, int Age)> Starts { get; init; } = new Dictionary<int, (StoredModel, int)>();

    /// <summary>The noise to be added in a private run, where it is an input like the manifest; absent: the run is not private.</summary>
    public NoisySum? Noise { get; init; }

    /// <summary>Where agents keep control variates: examples with which each counted last in an earlier round.</summary>
    public IReadOnlyDictionary<string, double> Counted { get; init; } = new Dictionary<string, double>();

    /// <summary>A condition number may be infinite.</summary>
    private static readonly JsonSerializerOptions Reports = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Merges what can be merged: a result that can't is left out with its reason, and costs nobody else the round.</summary>
    /// <exception cref="AdapterFormatException">Nothing of the manifest can be merged; the message says why for each result.</exception>
    /// <exception cref="ArgumentException">The settings don't go together.</exception>
    public AggregatedRound Run(CoordinatorOptions options, BlobStore blobs)
    {
        var leftOut = new List<UnmergedResult>();
        List<Update> updates = Read(options, blobs, leftOut);
        while (updates.Count > 0 || options.Privacy is not null)
        {
            try
            {
                return (options.Privacy is null ? Plain(options, updates, blobs) : Private(options, updates, blobs)) with { LeftOut = leftOut };
            }
            catch (UnfitUpdateException unfit) when (updates.Exists(update => update.AgentId == unfit.AgentId))
            {
                LeaveOut(updates, leftOut, unfit.AgentId, unfit.Message);
            }
            catch (AdapterFormatException unheld) when (options.Privacy is null)
            {
                // The broadcast codec can't hold the aggregate: what reaches furthest made it so.
                LeaveOut(updates, leftOut, Furthest(updates), unheld.Message);
            }
        }

        throw new AdapterFormatException(
            $"No result of the manifest can be merged: {string.Join("; ", leftOut.Select(result => $"{result.Agent}: {result.Reason}"))}");
    }

    private static void LeaveOut(List<Update> updates, List<UnmergedResult> leftOut, string agent, string reason)
    {
        updates.RemoveAll(update => update.AgentId == agent);
        leftOut.Add(new UnmergedResult(agent, reason, IsFault: true));
    }

    /// <summary>The agent whose update holds the largest value; the first by name of several.</summary>
    private static string Furthest(List<Update> updates) =>
        updates.OrderBy(update => update.AgentId, StringComparer.Ordinal).MaxBy(update => Reach(update.Adapter))!.AgentId;

    private static float Reach(LoraAdapter adapter) =>
        adapter.Modules.Values.SelectMany(factors => new[] { Largest(factors.A.Values), Largest(factors.B.Values) })
        .Concat(adapter.Saved.Values.Select(tensor => Largest(tensor.Values))).Max();

    private static float Largest(ReadOnlySpan<float> values) => Math.Abs(TensorPrimitives.MaxMagnitude(values));

    private List<Update> Read(CoordinatorOptions options, BlobStore blobs, List<UnmergedResult> leftOut)
    {
        Dictionary<int, AdapterReference> starts = Starts.Where(start => start.Value.Age > 0)
            .ToDictionary(start => start.Key, start => new AdapterReference(GlobalModel.Read(start.Value.Model.Claim, Broadcast.Shape, blobs)));
        var readOuts = new Dictionary<(AdapterReference, int), AdapterReference>();
        var updates = new List<Update>(Results.Count);
        foreach (StoredResult result in Results)
        {
            try
            {
                AdapterReference? start = starts.GetValueOrDefault(result.Round);
                updates.Add(UpdateOf(result, AtRank(start ?? Broadcast, result.Rank), isStale: start is not null, blobs));
            }
            catch (Exception unread) when (unread is AdapterFormatException or UnauthorizedAccessException or JsonException
                or IOException and not ArchiveAwayException)
            {
                // It was whole when it was accepted: what has become of it since is no agent's fault.
                leftOut.Add(new UnmergedResult(result.Agent, $"The body {result.Sha256} can't be read any more: {unread.Message}", IsFault: false));
            }
        }

        return updates;

        AdapterReference AtRank(AdapterReference global, int? rank)
        {
            if (rank is not { } lower || lower == global.Shape.Settings.Rank)
            {
                return global;
            }

            if (!readOuts.TryGetValue((global, lower), out AdapterReference? readOut))
            {
                readOuts.Add((global, lower), readOut = GlobalModel.ReadOut(global, lower, options).Decoded);
            }

            return readOut;
        }
    }

    private AggregatedRound Plain(CoordinatorOptions options, List<Update> updates, BlobStore blobs)
    {
        var carried = new CarriedState(blobs, Broadcast.Shape);
        bool varies = options.Training.ControlVariates;
        AggregationResult merged = Aggregator.Aggregate(
            options.Aggregation, Broadcast.Adapter, updates, Turn, varies ? null : carried.State(Before.Momentum));
        (BlobClaim claim, LoraAdapter adapter) = GlobalModel.Store(merged.Global, options, blobs);

        // Agents that keep their B send no products: there is nothing that the published one could differ from.
        ModuleReport[] reports = [.. merged.Modules.Where(module => !options.Aggregation.NeedsOf(module.Name, Turn).KeepB)];
        return new AggregatedRound(
            Round,
            claim,
            new AdapterReference(adapter),
            options.Aggregation.Strategy,
            reports.Length > 0 ? RoundDivergence.Of(DivergenceSummary.Of(reports)) : null,
            NormBound.Median([.. Merged(updates).Select(result => result.Norm)]),
            [.. updates.Select(update => update.AgentId)],
            JsonSerializer.Serialize(reports, Reports))
        {
            BaseDelta = carried.Fold(Before.BaseDelta, merged, adapter),
            Momentum = varies ? Control(options, updates, merged, carried) : carried.Store(merged.State),
            ServerRate = merged.ServerRate,
            Capped =
            [
                .. Merged(updates).Where(result => result.Weight < result.Examples)
                    .Select(result => new CappedAgent { AgentId = result.Agent, Examples = result.Examples, Weight = result.Weight }),
            ],
        };
    }

    private BlobClaim Control(CoordinatorOptions options, List<Update> updates, AggregationResult merged, CarriedState carried) =>
        carried.StoreControl(CommonVariate.After(
            Broadcast.Adapter,
            carried.Control(Before.Momentum),
            updates,
            merged.Weights,
            Counted,
            options.Training.PeakRate(options.Task, Round, options.Rounds.Count),
            RoundNeeds.Of(options.Aggregation, Broadcast.Shape, Turn).Unchanged));

    private IEnumerable<StoredResult> Merged(List<Update> updates) =>
        Results.Where(result => updates.Exists(update => update.AgentId == result.Agent));

    /// <summary>No report is made, and no median: both would tell of updates what no noise protects.</summary>
    private AggregatedRound Private(CoordinatorOptions options, List<Update> updates, BlobStore blobs)
    {
        PrivateResult merged = PrivateAggregation.Aggregate(
            options.Aggregation,
            options.Privacy!.ForRounds(options.Rounds.MinAgents),
            Broadcast.Adapter,
            updates,
            Turn,
            Noise!.Count,
            Noise.NoiseKey.AsSpan());
        (BlobClaim claim, LoraAdapter adapter) = GlobalModel.Store(merged.Global, options, blobs);
        return new AggregatedRound(
            Round,
            claim,
            new AdapterReference(adapter),
            options.Aggregation.Strategy,
            Divergence: null,
            new ChangeNorm(0, 0),
            [.. updates.Select(update => update.AgentId)],
            ModulesJson: null)
        {
            Epsilon = merged.Epsilon,
        };
    }

    /// <param name="start">What it is a difference to.</param>
    /// <param name="isStale">Whether that is older than what was broadcast.</param>
    private Update UpdateOf(StoredResult result, AdapterReference start, bool isStale, BlobStore blobs) =>
        new(result.Agent, result.Weight, AdapterPayload.Decode(blobs.ReadAll(result.Sha256), start.Shape, start))
        {
            ClassCounts = result.ClassWeights,
            Staleness = isStale ? Starts[result.Round].Age : 0,
            Start = isStale ? start.Adapter : null,
        };
}
