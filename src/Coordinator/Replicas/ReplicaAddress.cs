namespace EdgeFlora.Coordinator.Replicas;

/// <summary>Where other replicas reach the one that leads, as it tells them through the database.</summary>
/// <param name="Url">Of its API: <c>https://coordinator-1:8443</c>; <c>http://</c> with <c>--dev</c>.</param>
/// <param name="Fingerprint">SHA-256 of its certificate, <c>sha256:…</c>, the only one that is taken for it; null without TLS.</param>
/// <param name="Secret">Proves to it that a request comes from a replica. Made anew each time; never shown.</param>
public sealed record ReplicaAddress(Uri Url, string? Fingerprint, string Secret)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => Url.ToString();
}
