using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>What merging a round came to.</summary>
/// <param name="Model">The published adapter's body.</param>
/// <param name="Accepted">Agents whose results counted.</param>
/// <param name="MedianNorm">Lower median of their changes; what the next round's are held against.</param>
/// <param name="ServerRate">η of the server step.</param>
internal sealed record MergeOutcome(
    BlobClaim Model, BlobClaim? BaseDelta, BlobClaim? State, IReadOnlyList<string> Accepted, ChangeNorm MedianNorm, double ServerRate)
{
    /// <summary>What each of <see cref="Accepted"/> weighs, in examples; not there in results of earlier builds, which need none.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>Divergence over all modules, relative to the whole update; 0 where agents keep all B, and it means nothing.</summary>
    public double Used { get; init; }

    /// <summary>The least at this rank.</summary>
    public double Bound { get; init; }

    /// <summary>‖T − P₀‖ / ‖T‖ over all modules; null where it was not measured.</summary>
    public double? Step { get; init; }

    public IReadOnlyList<LayerFigures> Layers { get; init; } = [];
}
