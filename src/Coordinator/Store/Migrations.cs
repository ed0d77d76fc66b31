using System.Globalization;
using System.Reflection;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// The steps that make a database, from the files <c>Store/Migrations/NUMBER-NAME.sql</c> for SQLite and
/// <c>Store/Postgres/Migrations/NUMBER-NAME.sql</c> for PostgreSQL. A file that was released is never changed: the next change is the next file of
/// both. What a number leads to is the same in both.
/// </summary>
internal static class Migrations
{
    private const string Suffix = ".sql";

    /// <summary>The version with which PostgreSQL begins: there was none before.</summary>
    private const int FirstOfPostgres = 11;

    /// <summary>All for SQLite, by number, from 1 on without a gap.</summary>
    public static IReadOnlyList<Migration> All { get; } = Read(typeof(Migrations).Assembly, "Migrations/", first: 1);

    /// <summary>All for PostgreSQL, by number, without a gap.</summary>
    public static IReadOnlyList<Migration> Postgres { get; } = Read(typeof(Migrations).Assembly, "PostgresMigrations/", FirstOfPostgres);

    /// <summary>The version that this build reads and writes.</summary>
    public static int Newest => All[^1].Number;

    /// <summary>The steps that are missing in a database of a version; 0: an empty one.</summary>
    public static IEnumerable<Migration> After(long version) => All.Where(migration => migration.Number > version);

    private static Migration[] Read(Assembly assembly, string prefix, int first)
    {
        Migration[] found =
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => Read(assembly, name, prefix))
                .OrderBy(migration => migration.Number),
        ];
        return found.Select(migration => migration.Number).SequenceEqual(Enumerable.Range(first, found.Length))
            ? found
            : throw new InvalidOperationException(
                $"The migrations are numbered {string.Join(", ", found.Select(migration => migration.Number))}; they must go from {first} on without "
                + "a gap.");
    }

    private static Migration Read(Assembly assembly, string resource, string prefix)
    {
        string[] parts = resource[prefix.Length..^Suffix.Length].Split('-', 2);
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new Migration(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], reader.ReadToEnd());
    }
}
