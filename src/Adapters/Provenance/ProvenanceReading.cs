using System.Text.Json.Nodes;

namespace EdgeFlora.Adapters.Provenance;

/// <summary>What a folder's signed statement says, once it has been checked.</summary>
/// <param name="KeyId">Of the key that signed: <c>sha256:</c> and the hash of its SubjectPublicKeyInfo.</param>
/// <param name="Files">Names of the signed files, ordered.</param>
/// <param name="Predicate">Where the adapter comes from: <c>run</c>, <c>base</c>, <c>settings</c>, <c>rounds</c>, <c>contributors</c>, …</param>
public sealed record ProvenanceReading(string KeyId, IReadOnlyList<string> Files, JsonObject Predicate);
