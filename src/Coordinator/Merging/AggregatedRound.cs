using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>What the pure function over a manifest has made.</summary>
/// <param name="Model">The new global adapter's body.</param>
/// <param name="Adapter">What that body decodes to.</param>
/// <param name="Divergence">Absent in a private run, as is <paramref name="ModulesJson"/>, and where agents keep all B.</param>
/// <param name="MedianNorm">Lower median of the manifest's changes.</param>
/// <param name="ModulesJson">Report of every module but those whose B the agents keep.</param>
internal sealed record AggregatedRound(
    int Round,
    BlobClaim Model,
    AdapterReference Adapter,
    string Strategy,
    RoundDivergence? Divergence,
    ChangeNorm MedianNorm,
    IReadOnlyList<string> Accepted,
    string? ModulesJson)
{
    /// <summary>All that is folded into the base weights from now on; absent: nothing.</summary>
    public BlobClaim? BaseDelta { get; init; }

    /// <summary>The state of the server step, or the control variate, that the next round goes on with; absent where there is neither.</summary>
    public BlobClaim? Momentum { get; init; }

    /// <summary>η of the server step.</summary>
    public double ServerRate { get; init; } = 1;

    /// <summary>Accepted results that weigh less than their examples.</summary>
    public IReadOnlyList<CappedAgent> Capped { get; init; } = [];

    /// <summary>Results of the manifest that could not be merged, and why; the others were merged without them.</summary>
    public IReadOnlyList<UnmergedResult> LeftOut { get; init; } = [];

    /// <summary>ε spent up to and with this round; absent: the run is not private.</summary>
    public double? Epsilon { get; init; }

    /// <summary>What is stored of it.</summary>
    public StoredModel ToModel(RoundFigures? figures) => new(Round, Model, figures, ModulesJson) { BaseDelta = BaseDelta, Momentum = Momentum };
}

/// <summary>A result that could not be merged.</summary>
/// <param name="IsFault">Whether what it holds is to blame, and not our disk.</param>
internal sealed record UnmergedResult(string Agent, string Reason, bool IsFault);

/// <summary>
/// Divergence of the published aggregate, of plain factor averaging, of FLoRA-NA where it was measured, and the least possible at this rank.
/// </summary>
internal sealed record RoundDivergence(double Used, double FedIt, double? FloraNa, double Bound)
{
    /// <summary>How long the round's own step is beside the whole update; null where it was not measured.</summary>
    public double? StepShare { get; init; }

    public static RoundDivergence Of(DivergenceSummary modules) =>
        new(modules.Used, modules.FedIt, modules.FloraNa, modules.Bound) { StepShare = modules.StepShare };
}
