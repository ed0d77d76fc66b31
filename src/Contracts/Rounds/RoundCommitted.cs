using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Contracts.Rounds;

/// <summary>A round has its one result (coordinator → every agent).</summary>
public sealed record RoundCommitted
{
    public required MessageHeader Header { get; init; }

    /// <summary>The new global adapter.</summary>
    public required BlobClaim Model { get; init; }

    /// <summary>All that was folded into the base weights up to this round; absent: nothing. The adapter is right only on top of it.</summary>
    public BlobClaim? BaseDelta { get; init; }

    /// <summary>SHA-256 over everything the round left: see <see cref="Events.RoundFigures.CommitSha256"/>.</summary>
    public string? CommitSha256 { get; init; }

    /// <summary>
    /// Divergence ϱ of the aggregate from the ideal update, over all modules; absent in a private run, for it is made of what agents sent without
    /// protection.
    /// </summary>
    public double? Divergence { get; init; }

    /// <summary>ε that the run has spent, at <see cref="Delta"/>; absent: the run is not private.</summary>
    public double? Epsilon { get; init; }

    public double? Delta { get; init; }

    /// <summary>Whether the run is over.</summary>
    public required bool LastRound { get; init; }
}
