using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.ServerSteps;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>
/// What rounds carry on beside the adapter, as bodies: the change of the base weights and control variates, which agents fetch, and the state of the
/// server step, which stays here.
/// </summary>
/// <param name="adapter">The run's adapter.</param>
internal sealed class CarriedState(BlobStore blobs, AdapterShape adapter)
{
    private const string Codec = "safetensors";

    /// <summary>Exact: what rounding took from the variates would add up from round to round.</summary>
    private const string ControlCodec = "fp32";

    /// <summary>Stores all that is folded into the base from now on, and returns its claim; null if nothing is.</summary>
    /// <param name="before">What was folded up to now.</param>
    /// <param name="published">The adapter as agents will hold it.</param>
    public BlobClaim? Fold(BlobClaim? before, AggregationResult merged, LoraAdapter published)
    {
        if (merged.BaseDelta.Count == 0)
        {
            return before;
        }

        BaseDelta held = before is null ? BaseDelta.None : BaseDeltaFile.Read(blobs.FileOf(before.Sha256), adapter.Modules);
        double scale = published.Settings.Scale;
        held = held.Plus(merged.BaseDelta, scale).Plus(LostInRounding(merged, published), scale);
        return blobs.Put(BaseDeltaFile.Write(held), Codec);
    }

    public BlobClaim? Store(ServerState? state) => state is null ? null : blobs.Put(ServerStateFile.Write(state), Codec);

    /// <param name="stored">What <see cref="Store"/> returned for the round before; null before there was one.</param>
    public ServerState? State(BlobClaim? stored) => stored is null ? null : ServerStateFile.Read(blobs.FileOf(stored.Sha256), adapter);

    public BlobClaim StoreControl(LoraAdapter control) => blobs.Put(AdapterCodec.Parse(ControlCodec).Encode(control), ControlCodec);

    /// <param name="stored">What <see cref="StoreControl"/> returned for the round before; null before there was one.</param>
    public LoraAdapter? Control(BlobClaim? stored) => stored is null ? null : AdapterPayload.Decode(blobs.ReadAll(stored.Sha256), adapter);

    /// <summary>
    /// What the codec of the broadcast takes from products that the strategy made exact together with its change of the base: folded too, they stay
    /// exact.
    /// </summary>
    private static Dictionary<string, LoraFactors> LostInRounding(AggregationResult merged, LoraAdapter published) => merged.Modules
        .Where(report => report.ErrUsed == 0 && merged.BaseDelta.ContainsKey(report.Name))
        .Select(report => (report.Name, Meant: merged.Global.Modules[report.Name], Sent: published.Modules[report.Name]))
        .Where(module => !Same(module.Meant, module.Sent))
        .ToDictionary(module => module.Name, module => Difference(module.Meant, module.Sent), StringComparer.Ordinal);

    private static bool Same(LoraFactors meant, LoraFactors sent) =>
        !(meant.B.Values.ContainsAnyExcept(0f) || sent.B.Values.ContainsAnyExcept(0f))
        || (meant.A.Values.SequenceEqual(sent.A.Values) && meant.B.Values.SequenceEqual(sent.B.Values));

    /// <summary>B·A − B̂·Â as (B − B̂)·A + B̂·(A − Â): the differences are small, so single precision keeps their digits.</summary>
    private static LoraFactors Difference(LoraFactors meant, LoraFactors sent)
    {
        int rank = meant.Rank;
        var a = new Matrix(2 * rank, meant.Inputs);
        meant.A.Values.CopyTo(a.Values);
        for (int i = 0; i < meant.A.Values.Length; i++)
        {
            a.Values[meant.A.Values.Length + i] = meant.A.Values[i] - sent.A.Values[i];
        }

        var b = new Matrix(meant.Outputs, 2 * rank);
        for (int o = 0; o < b.Rows; o++)
        {
            for (int r = 0; r < rank; r++)
            {
                b[o, r] = meant.B[o, r] - sent.B[o, r];
                b[o, rank + r] = sent.B[o, r];
            }
        }

        return new LoraFactors(a, b);
    }
}
