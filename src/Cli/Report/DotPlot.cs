using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A row of the plot; a value not measured is absent.</summary>
internal sealed record DotRow(string Name, IReadOnlyList<double?> Values);

/// <summary>Accuracies side by side, one row an agent.</summary>
internal static class DotPlot
{
    private const double Width = 720;
    private const double LeastLeft = 110;
    private const double Right = 28;

    // About, at this size.
    private const double LetterWidth = 6.6;

    private const double RowHeight = 34;
    private const double Top = 34;
    private const double Bottom = 26;

    /// <param name="kinds">Name and style of each value of a row.</param>
    public static XElement Draw(string description, IReadOnlyList<(string Name, string Style)> kinds, IReadOnlyList<DotRow> rows)
    {
        double height = Top + (rows.Count * RowHeight) + Bottom;
        double left = Math.Max(LeastLeft, 24 + (LetterWidth * rows.Select(row => row.Name.Length).DefaultIfEmpty(0).Max()));
        Axis x = Axis.Fraction(Width - left - Right);
        var content = new List<object?>();
        double legend = left;
        foreach ((string name, string style) in kinds)
        {
            content.Add(Dot(legend + 6, 12, 6, $"dot {style}"));
            content.Add(Text(legend + 18, 16, name, "tick"));
            legend += 40 + (name.Length * LetterWidth);
        }

        foreach (double tick in x.Ticks())
        {
            content.Add(Line(left + x.At(tick), Top, left + x.At(tick), height - Bottom, "grid"));
            content.Add(Text(left + x.At(tick), height - 8, Shown.Percent(tick), "tick", "middle"));
        }

        for (int i = 0; i < rows.Count; i++)
        {
            content.AddRange(Row(rows[i], left, Top + (i * RowHeight) + (RowHeight / 2), x, kinds));
        }

        return Drawing(Width, height, description, content);
    }

    private static IEnumerable<XElement> Row(DotRow row, double left, double y, Axis x, IReadOnlyList<(string Name, string Style)> kinds)
    {
        yield return Text(left - 12, y + 4, row.Name, "label", "end");
        double[] known = [.. row.Values.OfType<double>()];
        if (known.Length > 1)
        {
            yield return Line(left + x.At(known.Min()), y, left + x.At(known.Max()), y, "span");
        }

        for (int i = 0; i < row.Values.Count; i++)
        {
            if (row.Values[i] is { } value)
            {
                yield return Dot(left + x.At(value), y, 6.5, $"dot {kinds[i].Style}", $"{row.Name}, {kinds[i].Name}: {Shown.Percent(value)}");
            }
        }
    }
}
