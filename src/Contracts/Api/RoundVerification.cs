namespace EdgeFlora.Contracts.Api;

/// <summary>What came of merging a round again from the results that are kept of it.</summary>
public sealed record RoundVerification
{
    public required int Round { get; init; }

    /// <summary>Results that were merged.</summary>
    public required int Results { get; init; }

    /// <summary>SHA-256 of the body of the round's adapter, as the ledger says.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>What differs from the ledger, or is no longer as it was stored, in a sentence; null: the same bytes came of it.</summary>
    public string? Problem { get; init; }

    /// <summary>The next earlier round that can be merged again; null: there is none.</summary>
    public int? Earlier { get; init; }
}
