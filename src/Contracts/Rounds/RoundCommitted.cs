using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Contracts.Rounds;

/// <summary>A round has its one result (coordinator → every agent).</summary>
public sealed record RoundCommitted
{
    public required MessageHeader Header { get; init; }

    /// <summary>The new global adapter.</summary>
    public required BlobClaim Model { get; init; }

    /// <summary>Divergence ϱ of the aggregate from the ideal update, over all modules.</summary>
    public required double Divergence { get; init; }

    /// <summary>Whether the run is over.</summary>
    public required bool LastRound { get; init; }
}
