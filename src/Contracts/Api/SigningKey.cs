namespace EdgeFlora.Contracts.Api;

/// <summary>The public key that a service's adapters are signed with.</summary>
/// <param name="KeyId"><c>sha256:</c> and the hash of its SubjectPublicKeyInfo.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo of an RSA key, PEM.</param>
public sealed record SigningKey(string KeyId, string PublicKey);
