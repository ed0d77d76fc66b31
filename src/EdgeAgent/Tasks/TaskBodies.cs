using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>The bodies that an agent fetches for a task before it begins; the base model, which it may have, is fetched apart.</summary>
internal static class TaskBodies
{
    public static IReadOnlyList<BlobClaim> Of(TaskOffer offer) =>
        [.. new[] { offer.Adapter, offer.BaseDelta, offer.Control }.OfType<BlobClaim>()];
}
