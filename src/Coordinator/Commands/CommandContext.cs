namespace EdgeFlora.Coordinator.Commands;

/// <summary>Who asks for something, and how a repeat is told from a second request.</summary>
/// <param name="By">Name of the operator token; for histories.</param>
/// <param name="IdempotencyKey">1 … 200 printable ASCII characters, chosen by the client; absent: a repeat is a new request.</param>
/// <param name="Fingerprint">SHA-256 (lower-case hexadecimal) over method, path and body: what must be equal under one key.</param>
/// <remarks>
/// The service stores key, fingerprint and answer in the transaction that has the effect, for at least 24 hours. A repeat gets the stored answer
/// and changes
/// nothing; the same key with another fingerprint is refused with <see cref="Contracts.Api.ProblemCode.KeyReused"/>.
/// </remarks>
public sealed record CommandContext(string By, string? IdempotencyKey, string Fingerprint);
