namespace EdgeFlora.Contracts.Tasks;

/// <summary>A frozen base model, by name and content.</summary>
public sealed record BaseModelRef
{
    /// <summary>Name for people.</summary>
    public required string ModelId { get; init; }

    /// <summary>SHA-256 of the weights file, lower-case hexadecimal: what must be equal.</summary>
    public required string Sha256 { get; init; }
}
