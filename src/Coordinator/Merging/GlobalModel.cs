using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>The global adapter as it is sent out.</summary>
internal static class GlobalModel
{
    /// <summary>Stores the adapter's body and returns what it decodes to: the numbers that agents hold, and so the ones to go on from.</summary>
    public static (BlobClaim Claim, LoraAdapter Decoded) Store(LoraAdapter adapter, CoordinatorOptions options, BlobStore blobs)
    {
        byte[] body = AdapterCodec.Parse(options.Training.BroadcastCodec).Encode(adapter);
        return (blobs.Put(body, options.Training.BroadcastCodec), AdapterPayload.Decode(body, AdapterShape.Of(adapter)));
    }

    /// <summary>The best adapter of a lower rank as it is sent out: its body, and the numbers that agents of that rank hold.</summary>
    /// <param name="global">In an ordered gauge, as a run of different ranks stores it.</param>
    public static (byte[] Body, AdapterReference Decoded) ReadOut(AdapterReference global, int rank, CoordinatorOptions options)
    {
        LoraAdapter readOut = RankReadOut.First(global.Adapter, rank);
        byte[] body = AdapterCodec.Parse(options.Training.BroadcastCodec).Encode(readOut);
        return (body, new AdapterReference(AdapterPayload.Decode(body, AdapterShape.Of(readOut))));
    }

    /// <summary>Reads a body stored by <see cref="Store"/>.</summary>
    public static LoraAdapter Read(BlobClaim claim, AdapterShape shape, BlobStore blobs) => AdapterPayload.Decode(blobs.ReadAll(claim.Sha256), shape);
}
