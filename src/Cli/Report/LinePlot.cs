using System.Globalization;
using System.Xml.Linq;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A curve over rounds.</summary>
/// <param name="Style">Its colour, as a class of the page's style sheet: <c>s1</c> … <c>s5</c>.</param>
internal sealed record Series(string Name, string Style, IReadOnlyList<(int Round, double Value)> Points);

/// <summary>A value that holds for the whole run.</summary>
internal sealed record Level(string Name, string Style, double Value);

/// <summary>Curves over rounds, each named at its end rather than in a legend.</summary>
internal static class LinePlot
{
    private const double Width = 720;
    private const double Height = 300;
    private const double Left = 62;
    private const double Right = 190;
    private const double Top = 14;
    private const double Bottom = 40;
    private const double LabelGap = 17;

    public static XElement Draw(
        string description, IReadOnlyList<Series> series, IReadOnlyList<Level> levels, Func<double, Axis> axis, Func<double, string> written)
    {
        Axis y = axis(Height - Top - Bottom);
        int first = series.SelectMany(s => s.Points).Select(p => p.Round).DefaultIfEmpty(0).Min();
        int last = series.SelectMany(s => s.Points).Select(p => p.Round).DefaultIfEmpty(1).Max();
        double X(double round) => Left + ((Width - Left - Right) * (last == first ? 0.5 : (round - first) / (last - first)));
        double Y(double value) => Height - Bottom - y.At(value);

        var content = new List<object?>();
        foreach (double tick in y.Ticks())
        {
            content.Add(Line(Left, Y(tick), Width - Right, Y(tick), "grid"));
            content.Add(Text(Left - 8, Y(tick) + 4, written(tick), "tick", "end"));
        }

        int every = Math.Max(1, (last - first) / 10);
        for (int round = first; round <= last; round += every)
        {
            content.Add(Text(X(round), Height - Bottom + 20, round == 0 ? "base" : round.ToString(CultureInfo.InvariantCulture), "tick", "middle"));
        }

        content.Add(Text((Left + Width - Right) / 2, Height - 4, "round", "tick", "middle"));
        content.AddRange(levels.Select(level => Line(Left, Y(level.Value), Width - Right, Y(level.Value), $"level {level.Style}")));
        foreach (Series curve in series)
        {
            content.Add(Node(
                "polyline",
                At("class", $"curve {curve.Style}"),
                At("points", string.Join(' ', curve.Points.Select(p => Pair(X(p.Round), Y(p.Value)))))));
            content.AddRange(curve.Points.Select(
                p => Dot(
                    X(p.Round),
                    Y(p.Value),
                    4,
                    $"dot {curve.Style}",
                    string.Create(CultureInfo.InvariantCulture, $"{curve.Name}, round {p.Round}: {written(p.Value)}"))));
        }

        content.AddRange(Names(series, levels, Y, written));
        return Drawing(Width, Height, description, content);
    }

    /// <summary>Names at the right edge, pushed apart where they would overlap.</summary>
    private static IEnumerable<XElement> Names(
        IReadOnlyList<Series> series, IReadOnlyList<Level> levels, Func<double, double> y, Func<double, string> written)
    {
        List<(string Text, string Style, double Y)> names =
        [
            .. series.Where(s => s.Points.Count > 0).Select(s => ($"{s.Name} {written(s.Points[^1].Value)}", s.Style, y(s.Points[^1].Value)))
                .Concat(levels.Select(l => ($"{l.Name} {written(l.Value)}", l.Style, y(l.Value))))
                .OrderBy(name => name.Item3),
        ];
        double floor = Height - Bottom;
        var at = new double[names.Count];
        for (int i = 0; i < names.Count; i++)
        {
            at[i] = i == 0 ? Math.Max(names[i].Y, Top) : Math.Max(names[i].Y, at[i - 1] + LabelGap);
        }

        for (int i = names.Count - 1; i >= 0; i--)
        {
            at[i] = Math.Min(at[i], i == names.Count - 1 ? floor : at[i + 1] - LabelGap);
        }

        for (int i = 0; i < names.Count; i++)
        {
            yield return Text(Width - Right + 12, at[i] + 4, names[i].Text, $"name {names[i].Style}");
        }
    }

    private static string Pair(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:0.##},{y:0.##}");
}
