using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace EdgeFlora.Architecture.Tests;

/// <summary>Which folder of a project uses which, read from the compiled assembly.</summary>
internal static class FolderGraph
{
    /// <summary>Each folder with the others it uses. The project's own namespace, for what lies in no folder, is named by the project.</summary>
    public static SortedDictionary<string, HashSet<string>> Of(string project)
    {
        string root = $"EdgeFlora.{project}";
        ArchUnitNET.Domain.Architecture built = new ArchLoader().LoadAssemblies(System.Reflection.Assembly.Load(root)).Build();
        var uses = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (IType type in built.Types)
        {
            if (FolderOf(type, root) is { } folder)
            {
                HashSet<string> others = uses.TryGetValue(folder, out HashSet<string>? known) ? known : uses[folder] = [];
                others.UnionWith(type.Dependencies.Select(dependency => FolderOf(dependency.Target, root)).OfType<string>().Where(other => other != folder));
            }
        }

        return uses;
    }

    /// <summary>The first cycle, as <c>A -> B -> A</c>; empty if there is none.</summary>
    public static string Cycle(IReadOnlyDictionary<string, HashSet<string>> uses)
    {
        var done = new HashSet<string>();
        return uses.Keys.Order(StringComparer.Ordinal).Select(folder => Walk(folder, [], uses, done)).FirstOrDefault(cycle => cycle is not null) ?? string.Empty;
    }

    private static string? Walk(string folder, List<string> path, IReadOnlyDictionary<string, HashSet<string>> uses, HashSet<string> done)
    {
        if (path.IndexOf(folder) is >= 0 and var start)
        {
            return string.Join(" -> ", path[start..].Append(folder));
        }

        if (!done.Add(folder) || !uses.TryGetValue(folder, out HashSet<string>? others))
        {
            return null;
        }

        path.Add(folder);
        string? cycle = others.Order(StringComparer.Ordinal).Select(other => Walk(other, path, uses, done)).FirstOrDefault(found => found is not null);
        path.RemoveAt(path.Count - 1);
        return cycle;
    }

    private static string? FolderOf(IType type, string root)
    {
        // Some types of other assemblies, such as type parameters, are in no namespace.
        string space = type.Namespace?.FullName ?? "";
        return space == root ? root
            : space.StartsWith(root + ".", StringComparison.Ordinal) ? space[(root.Length + 1)..].Split('.')[0]
            : null;
    }
}
