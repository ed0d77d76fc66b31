namespace EdgeFlora.Learning.Data;

/// <summary>One row of a data file.</summary>
/// <param name="Line">The line it begins on, from 1.</param>
/// <param name="Values">Its values by column; a column without a value is absent.</param>
/// <param name="Columns">Names of all its columns, also of those that nobody asked for.</param>
internal sealed record DataRow(int Line, IReadOnlyDictionary<string, string> Values, IReadOnlyCollection<string> Columns)
{
    private const int MostShown = 12;

    /// <summary>The columns there are, for a complaint about one that is not.</summary>
    public string Described =>
        Columns.Count == 0 ? "no column" : string.Join(", ", Columns.Take(MostShown).Select(Shown)) + (Columns.Count > MostShown ? ", …" : "");

    private static string Shown(string column) => $"\"{ControlCharacters.Visible(column)}\"";
}
