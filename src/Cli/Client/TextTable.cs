using System.Globalization;

namespace EdgeFlora.Cli.Client;

/// <summary>Rows in columns, for terminals and for pipes alike.</summary>
internal static class TextTable
{
    private const int MaxColumn = 60;

    public static IEnumerable<string> Lines(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string?>> rows)
    {
        string[][] cells = [[.. headings], .. rows.Select(row => row.Select(cell => Cut(cell ?? "-")).ToArray())];
        int[] widths = [.. Enumerable.Range(0, headings.Count).Select(column => cells.Max(row => Width(row[column])))];
        return cells.Select(row => string.Join("  ", row.Select((cell, column) => cell + new string(' ', widths[column] - Width(cell)))).TrimEnd());
    }

    /// <summary>A time as people in any zone read it alike.</summary>
    public static string Time(DateTimeOffset? time) =>
        time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    private static string Cut(string cell) => Width(cell) <= MaxColumn ? cell : new StringInfo(cell).SubstringByTextElements(0, MaxColumn - 1) + "…";

    private static int Width(string cell) => new StringInfo(cell).LengthInTextElements;
}
