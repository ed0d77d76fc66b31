using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace EdgeFlora.Architecture.Tests;

/// <summary>Which folder of a project uses which, read from the compiled assembly.</summary>
/// <remarks>
/// The root of a project is no feature: it has words that all folders share (an exception, the options) and doors to the whole (a facade).
/// So each type in it counts by itself, as <c>(Type)</c>. It may use folders or be used by them; no way may lead from a folder through it and back.
/// A folder with nothing but folders is a heading: those count by themselves, as <c>Heading/Folder</c>.
/// </remarks>
internal static class FolderGraph
{
    /// <summary>Each folder, and each type in no folder, with the others it uses.</summary>
    public static SortedDictionary<string, HashSet<string>> Of(string project)
    {
        string root = $"EdgeFlora.{project}";
        ArchUnitNET.Domain.Architecture built = new ArchLoader().LoadAssemblies(BuiltProject.Load(project)).Build();
        HashSet<string> spaces = [.. built.Types.Select(type => type.Namespace?.FullName ?? "")];
        var uses = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (IType type in built.Types)
        {
            if (FolderOf(type, root, spaces) is { } folder)
            {
                HashSet<string> others = uses.TryGetValue(folder, out HashSet<string>? known) ? known : uses[folder] = [];
                others.UnionWith(type.Dependencies
                    .Select(dependency => FolderOf(dependency.Target, root, spaces)).OfType<string>()
                    .Where(other => other != folder));
            }
        }

        return uses;
    }

    /// <summary>The shortest way from a folder back to itself, as <c>A -> B -> A</c>; empty if there is none.</summary>
    public static string Cycle(IReadOnlyDictionary<string, HashSet<string>> uses) =>
        uses.Keys.Where(name => !name.StartsWith('(')).Order(StringComparer.Ordinal).Select(folder => WayBack(folder, uses))
            .FirstOrDefault(way => way is not null)
        ?? string.Empty;

    private static string? WayBack(string folder, IReadOnlyDictionary<string, HashSet<string>> uses)
    {
        var reached = new HashSet<string>();
        var ways = new Queue<string[]>([[folder]]);
        while (ways.TryDequeue(out string[]? way))
        {
            foreach (string other in uses.GetValueOrDefault(way[^1], []).Order(StringComparer.Ordinal))
            {
                if (other == folder)
                {
                    return string.Join(" -> ", way.Append(folder));
                }

                if (reached.Add(other))
                {
                    ways.Enqueue([.. way, other]);
                }
            }
        }

        return null;
    }

    private static string? FolderOf(IType type, string root, HashSet<string> spaces)
    {
        // Some types of other assemblies, such as type parameters, are in no namespace.
        string space = type.Namespace?.FullName ?? "";
        if (space == root)
        {
            return $"({type.FullName[(root.Length + 1)..].Split('+', '/', '`')[0]})";
        }

        if (!space.StartsWith(root + ".", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = space[(root.Length + 1)..].Split('.');
        int depth = Enumerable.Range(1, parts.Length)
            .FirstOrDefault(depth => spaces.Contains($"{root}.{string.Join('.', parts[..depth])}"), parts.Length);
        return string.Join('/', parts[..depth]);
    }
}
