using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Blobs;

/// <summary>How large an update is: shape and codec leave no choice.</summary>
internal static class UpdateSize
{
    /// <summary>What is wrong with the size of a claimed update, in a sentence; null if nothing is.</summary>
    /// <param name="unchanged">Factors that the present round leaves out of updates.</param>
    public static string? Wrong(BlobClaim claim, RunFacts facts, AdapterShape shape, FrozenFactors unchanged)
    {
        long expected = AdapterCodec.Parse(facts.Options.Training.UpdateCodec).PayloadLength(shape, difference: true, unchanged);
        return claim.Size == expected
            ? null
            : $"The body has {claim.Size} bytes; an update of this run has {expected} in {facts.Options.Training.UpdateCodec}.";
    }
}
