namespace EdgeFlora.Adapters.Peft;

/// <summary>What an adapter calls its base model: an id of the hub, or a path on the machine where it was trained.</summary>
public static class BaseModelName
{
    private const string CachedRepository = "models--";

    /// <summary>
    /// Whether two names can mean the same model: folders and owners before the last part of a path or id say where it lies, not what it is.
    /// </summary>
    public static bool MayBeSame(string one, string other) => OwnName(one).Equals(OwnName(other), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The model's own name: the last part, or that of the repository if it is a path into the hub's cache (<c>models--owner--name/snapshots/…</c>).
    /// </summary>
    public static string OwnName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Both separators on every system: the adapter may come from another.
        string[] parts = [.. name.Split('/', '\\').Where(part => part.Length > 0 && part != ".")];
        return parts.LastOrDefault(part => part.StartsWith(CachedRepository, StringComparison.Ordinal)) is { } cached
            ? cached[(cached.LastIndexOf("--", StringComparison.Ordinal) + 2)..]
            : parts.LastOrDefault() ?? name;
    }
}
