using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>What the pure function over a manifest has made.</summary>
/// <param name="Model">The new global adapter's body.</param>
/// <param name="Adapter">What that body decodes to.</param>
/// <param name="MedianNorm">Lower median of the manifest's changes.</param>
/// <param name="ModulesJson">Report of every module.</param>
internal sealed record AggregatedRound(
    int Round, BlobClaim Model, AdapterReference Adapter, string Strategy, RoundDivergence Divergence, ChangeNorm MedianNorm, IReadOnlyList<string> Accepted, string ModulesJson);

/// <summary>Divergence of the published aggregate, of plain factor averaging, and the least possible at this rank.</summary>
internal sealed record RoundDivergence(double Used, double FedIt, double Bound);
