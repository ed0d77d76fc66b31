using System.Collections.Concurrent;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>
/// The global adapters as agents of lower ranks get them. Each follows from the model, the rank and the settings alone, so a successor makes the same
/// bits; kept while its model is in use. Any thread may ask.
/// </summary>
internal sealed class RankReadOuts(CoordinatorOptions options, BlobStore blobs)
{
    private readonly ConcurrentDictionary<(string Model, int Rank), Lazy<(BlobClaim Claim, AdapterReference Reference)>> made = new();

    /// <summary>Whether a body is one of them.</summary>
    public bool Holds(string sha256) => Bodies.Contains(sha256, StringComparer.Ordinal);

    public IEnumerable<string> Bodies => made.Values.Where(readOut => readOut.IsValueCreated).Select(readOut => readOut.Value.Claim.Sha256);

    /// <summary>The body to send out, and what it decodes to.</summary>
    /// <param name="global">What the model's body decodes to.</param>
    /// <param name="rank">Null, or that of the model: the model itself.</param>
    public (BlobClaim Claim, AdapterReference Reference) Of(StoredModel model, AdapterReference global, int? rank) =>
        rank is not { } lower || lower == global.Shape.Settings.Rank
            ? (model.Claim, global)
            : made.GetOrAdd((model.Claim.Sha256, lower), _ => new(() => Make(global, lower), LazyThreadSafetyMode.PublicationOnly)).Value;

    /// <summary>The same for a model that may be an older one.</summary>
    /// <param name="shape">Of the run's adapter.</param>
    public AdapterReference Reference(StoredModel model, AdapterShape shape, int? rank) =>
        Of(model, new AdapterReference(GlobalModel.Read(model.Claim, shape, blobs)), rank).Reference;

    /// <summary>Forgets what belongs to none of these models, and returns its bodies.</summary>
    public IReadOnlyList<string> KeepOnly(IReadOnlySet<string> models)
    {
        List<string> forgotten = [];
        foreach ((string Model, int Rank) key in made.Keys.Where(key => !models.Contains(key.Model)))
        {
            if (made.TryRemove(key, out Lazy<(BlobClaim Claim, AdapterReference Reference)>? readOut) && readOut.IsValueCreated)
            {
                forgotten.Add(readOut.Value.Claim.Sha256);
            }
        }

        return forgotten;
    }

    /// <summary>The shape of an adapter of another rank.</summary>
    public static AdapterShape ShapeOf(AdapterShape global, int? rank) => rank is not { } lower || lower == global.Settings.Rank
        ? global
        : new AdapterShape(RankReadOut.WithRank(global.Settings, lower), global.Modules, global.Saved);

    private (BlobClaim, AdapterReference) Make(AdapterReference global, int rank)
    {
        (byte[] body, AdapterReference decoded) = GlobalModel.ReadOut(global, rank, options);
        return (blobs.Put(body, options.Training.BroadcastCodec), decoded);
    }
}
