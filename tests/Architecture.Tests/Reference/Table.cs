namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Rows of a page's table.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows) => string.Concat(
        rows.Prepend([.. heads.Select(_ => "---")]).Prepend(heads).Select(row => $"| {string.Join(" | ", row.Select(Cell))} |\n"));

    public static string Code(string text) => text.Length == 0 ? "" : $"`{text}`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
