using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Coordinator.Models;

/// <summary>What a base model's folder holds.</summary>
/// <param name="Sha256">Of the weights, as agents compare them.</param>
/// <param name="Archive">What an agent fetches which lacks the model; null: it is larger than agents can fetch.</param>
public sealed record ModelContent(string Sha256, BlobClaim? Archive);
