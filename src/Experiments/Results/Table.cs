using System.Text;

namespace EdgeFlora.Experiments.Results;

/// <summary>A table as text that can be pasted elsewhere.</summary>
/// <param name="Headings">One for each column; the first column names the row.</param>
/// <param name="Rows">As many cells as headings.</param>
public sealed record Table(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public string Markdown()
    {
        var text = new StringBuilder();
        Line(text, Headings.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)));
        text.Append("|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Count - 1))).Append('\n');
        foreach (IReadOnlyList<string> row in Rows)
        {
            Line(text, row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)));
        }

        return text.ToString();

        static void Line(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>A tabular with booktabs' rules.</summary>
    public string Latex()
    {
        var text = new StringBuilder();
        text.Append("\\begin{tabular}{l").Append('r', Headings.Count - 1).Append("}\n\\toprule\n");
        Line(text, Headings);
        text.Append("\\midrule\n");
        foreach (IReadOnlyList<string> row in Rows)
        {
            Line(text, row);
        }

        return text.Append("\\bottomrule\n\\end{tabular}\n").ToString();

        static void Line(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(" & ", cells.Select(Escaped)).Append(" \\\\\n");
    }

    /// <summary>RFC 4180.</summary>
    public string Csv()
    {
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in Rows.Prepend(Headings))
        {
            text.AppendJoin(',', row.Select(Quoted)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Escaped(string cell)
    {
        var text = new StringBuilder();
        foreach (char letter in cell)
        {
            text.Append(letter switch
            {
                '\\' => "\\textbackslash{}",
                '%' or '&' or '_' or '#' or '$' or '{' or '}' => $"\\{letter}",
                '±' => "$\\pm$",
                'α' => "$\\alpha$",
                'ϱ' => "$\\varrho$",
                '–' => "--",
                _ => letter.ToString(),
            });
        }

        return text.ToString();
    }
}
