using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Looks into an update's body: is it there, does it decode to the adapter asked for, are all its values finite, how far does it go.</summary>
internal static class UpdateInspection
{
    private static readonly ChangeNorm Unread = new(0, 0);

    /// <param name="median">Lower median of the changes of the last committed round; absent before one.</param>
    /// <param name="factor">How many times that median a change may be.</param>
    public static Inspection Inspect(ResultReady result, BlobStore blobs, AdapterReference broadcast, ChangeNorm? median, double factor)
    {
        BlobClaim claim = result.Claim!;
        if (blobs.Find(claim.Sha256) is not { } held || held.Size != claim.Size)
        {
            return new Inspection(result, Unread, RejectionCode.HashMismatch, $"The body {claim.Sha256} of {claim.Size} bytes was not handed over.");
        }

        LoraAdapter adapter;
        try
        {
            adapter = AdapterPayload.Decode(blobs.ReadAll(claim.Sha256), broadcast.Shape, broadcast);
        }
        catch (AdapterFormatException wrong)
        {
            return new Inspection(result, Unread, RejectionCode.Invalid, wrong.Message);
        }

        ChangeNorm norm = UpdateNorms.OfChange(broadcast.Adapter, adapter);
        return NormBound.Wrong(norm, median ?? Unread, factor, "the last committed round") is { } tooFar
            ? new Inspection(result, norm, RejectionCode.Invalid, tooFar)
            : new Inspection(result, norm);
    }
}
