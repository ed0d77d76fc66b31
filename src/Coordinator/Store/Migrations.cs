using System.Globalization;
using System.Reflection;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// The steps that make a database of the state folder, from the files <c>Store/Migrations/NUMBER-NAME.sql</c>. A file that was released is never
/// changed: the next change is the next file.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "Migrations/";
    private const string Suffix = ".sql";

    /// <summary>All, by number, from 1 on without a gap.</summary>
    public static IReadOnlyList<Migration> All { get; } = Read(typeof(Migrations).Assembly);

    /// <summary>The version that this build reads and writes.</summary>
    public static int Newest => All[^1].Number;

    /// <summary>The steps that are missing in a database of a version; 0: an empty one.</summary>
    public static IEnumerable<Migration> After(long version) => All.Where(migration => migration.Number > version);

    private static Migration[] Read(Assembly assembly)
    {
        Migration[] found =
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => Read(assembly, name))
                .OrderBy(migration => migration.Number),
        ];
        return found.Select(migration => migration.Number).SequenceEqual(Enumerable.Range(1, found.Length))
            ? found
            : throw new InvalidOperationException(
                $"The migrations are numbered {string.Join(", ", found.Select(migration => migration.Number))}; they must go from 1 on without a gap.");
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        string[] parts = resource[Prefix.Length..^Suffix.Length].Split('-', 2);
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new Migration(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], reader.ReadToEnd());
    }
}
