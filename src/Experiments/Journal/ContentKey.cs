using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Experiments.Journal;

/// <summary>A name for everything that determines a result.</summary>
internal static class ContentKey
{
    /// <summary>Lower-case hexadecimal SHA-256 of the parts as JSON; changes with anything that a part says.</summary>
    public static string Of(string kind, object parts) => ContentHash.Sha256(JsonSerializer.SerializeToUtf8Bytes(new { kind, parts }));
}
