namespace EdgeFlora.Contracts.Presence;

/// <summary>Where an agent keeps base models that it has fetched.</summary>
public sealed record ModelCacheSummary
{
    /// <summary>Bytes of the largest archive that it has room for, once models that are not in use have given way.</summary>
    public required long RoomBytes { get; init; }

    /// <summary>Bytes that the models in it may take together.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>The models in it.</summary>
    public IReadOnlyList<CachedModel> Models { get; init; } = [];
}

/// <summary>A base model that an agent has fetched.</summary>
public sealed record CachedModel
{
    /// <summary>Name for people, as the run had it for which it was fetched.</summary>
    public required string ModelId { get; init; }

    /// <summary>SHA-256 of its weights.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes of its files.</summary>
    public required long Bytes { get; init; }
}
