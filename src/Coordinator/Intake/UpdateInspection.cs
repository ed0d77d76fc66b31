using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>
/// Looks into an update's body: is it there, does it decode to the adapter asked for, are all its values finite, did it leave alone what was
/// frozen, how far does it go.
/// </summary>
internal static class UpdateInspection
{
    private static readonly ChangeNorm Unread = new(0, 0);

    /// <param name="unchanged">Factors that must come back as broadcast, and which an honest update leaves out: so to the bit.</param>
    /// <param name="median">Lower median of the changes of the last committed round; absent before one.</param>
    public static Inspection Inspect(
        ResultReady result, BlobStore blobs, AdapterReference broadcast, FrozenFactors unchanged, ChangeNorm? median, CoordinatorOptions options)
    {
        BlobClaim claim = result.Claim!;
        if (blobs.Find(claim.Sha256) is not { } held || held.Size != claim.Size)
        {
            return new Inspection(result, Unread, RejectionCode.BodyMissing, $"The body {claim.Sha256} of {claim.Size} bytes is not here.");
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

        if (unchanged.FirstChange(broadcast.Adapter, adapter) is { } changed)
        {
            return new Inspection(
                result,
                Unread,
                RejectionCode.Invalid,
                $"The update changes {changed}, which round {result.Header.Round} leaves as it was broadcast.");
        }

        ChangeNorm norm = UpdateNorms.OfChange(broadcast.Adapter, adapter, options.Aggregation);
        return NormBound.Wrong(norm, median ?? Unread, options.Intake.ArrivalNormFactor, "the last committed round") is { } tooFar
            ? new Inspection(result, norm, RejectionCode.Invalid, tooFar)
            : new Inspection(result, norm);
    }
}
