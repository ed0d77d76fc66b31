using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Report;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>A curve with its uncertainty.</summary>
/// <param name="Points">In ascending order of X; Low and High bound the band, and are the value itself where nothing is known of it.</param>
internal sealed record BandSeries(string Name, IReadOnlyList<(double X, double Value, double Low, double High)> Points);

/// <summary>Curves with confidence bands over any quantity, each named at its end.</summary>
internal static class BandPlot
{
    /// <summary>Ten colours that the colour-blind can tell apart by twos and threes, and dashes for the second ten.</summary>
    public const string Sheet = """

        .m0 { --m: #00805f; } .m1 { --m: #0067a8; } .m2 { --m: #c4540a; } .m3 { --m: #8a4fa3; } .m4 { --m: #b38600; }
        .m5 { --m: #3d8fd1; } .m6 { --m: #b83b5e; } .m7 { --m: #5f7d1f; } .m8 { --m: #7b8581; } .m9 { --m: #1f9aa0; }
        .many { fill: none; stroke: var(--m); stroke-width: 2.2; stroke-linejoin: round; } .many.second { stroke-dasharray: 6 4; }
        .haze { fill: var(--m); fill-opacity: .13; } .point { fill: var(--m); } text.of { fill: var(--m); font-weight: 600; font-size: 12px; }
        """;

    private const double Width = 960;
    private const double Height = 400;
    private const double Left = 62;
    private const double Right = 250;
    private const double Top = 14;
    private const double Bottom = 40;
    private const double LabelGap = 15;
    private const double TickGap = 44;

    /// <param name="levels">Values that hold everywhere.</param>
    /// <param name="x">What the horizontal axis shows.</param>
    /// <param name="xWritten">A value of it in words.</param>
    /// <param name="isLogarithmic">Whether equal distances are equal factors.</param>
    public static XElement Draw(
        string description, IReadOnlyList<BandSeries> series, IReadOnlyList<(string Name, double Value)> levels, Axis y, Func<double, string> written,
        string x, Func<double, string> xWritten, bool isLogarithmic = false)
    {
        Axis vertical = y with { Length = Height - Top - Bottom };
        double[] all = [.. series.SelectMany(s => s.Points).Select(p => p.X)];
        double first = all.DefaultIfEmpty(0).Min();
        double last = all.DefaultIfEmpty(1).Max();
        double Scaled(double value) => isLogarithmic ? Math.Log(value) : value;
        double Part(double value) => last == first ? 0.5 : (Scaled(value) - Scaled(first)) / (Scaled(last) - Scaled(first));
        double X(double value) => Left + ((Width - Left - Right) * Part(value));
        double Y(double value) => Height - Bottom - vertical.At(value);

        var content = new List<object?>();
        foreach (double tick in vertical.Ticks())
        {
            content.Add(Line(Left, Y(tick), Width - Right, Y(tick), "grid"));
            content.Add(Text(Left - 8, Y(tick) + 4, written(tick), "tick", "end"));
        }

        content.AddRange(Apart(all.Distinct().Order(), X).Select(tick => Text(X(tick), Height - Bottom + 20, xWritten(tick), "tick", "middle")));
        content.Add(Text((Left + Width - Right) / 2, Height - 4, x, "tick", "middle"));
        content.AddRange(levels.Select(level => Line(Left, Y(level.Value), Width - Right, Y(level.Value), "level s5")));
        for (int i = 0; i < series.Count; i++)
        {
            content.AddRange(Curve(series[i], $"m{i % 10}{(i >= 10 ? " second" : "")}", X, Y, written, xWritten));
        }

        content.AddRange(Names(series, levels, Y, written));
        return Drawing(Width, Height, description, content);
    }

    /// <summary>As many of the values as can be written beside each other.</summary>
    private static IEnumerable<double> Apart(IEnumerable<double> ascending, Func<double, double> x)
    {
        double last = double.NegativeInfinity;
        foreach (double value in ascending.Where(value => x(value) - last >= TickGap))
        {
            last = x(value);
            yield return value;
        }
    }

    private static IEnumerable<XElement> Curve(
        BandSeries curve, string style, Func<double, double> x, Func<double, double> y, Func<double, string> written, Func<double, string> xWritten)
    {
        if (curve.Points.Any(point => point.High > point.Low))
        {
            IEnumerable<string> around = curve.Points.Select(p => Pair(x(p.X), y(p.High)))
                .Concat(curve.Points.Reverse().Select(p => Pair(x(p.X), y(p.Low))));
            yield return Node("polygon", At("class", $"haze {style}"), At("points", string.Join(' ', around)));
        }

        string line = string.Join(' ', curve.Points.Select(p => Pair(x(p.X), y(p.Value))));
        yield return Node("polyline", At("class", $"many {style}"), At("points", line));
        foreach ((double at, double value, double low, double high) in curve.Points)
        {
            string band = high > low ? $" ({written(low)} … {written(high)})" : "";
            yield return Dot(x(at), y(value), 3.2, $"point {style}", $"{curve.Name}, {xWritten(at)}: {written(value)}{band}");
        }
    }

    /// <summary>Names at the right edge, pushed apart where they would overlap.</summary>
    private static IEnumerable<XElement> Names(
        IReadOnlyList<BandSeries> series, IReadOnlyList<(string Name, double Value)> levels, Func<double, double> y, Func<double, string> written)
    {
        (string Text, string Style, double Y)[] names =
        [
            .. series.Select((s, i) => (s, i)).Where(pair => pair.s.Points.Count > 0)
                .Select(pair => ($"{pair.s.Name} {written(pair.s.Points[^1].Value)}", $"of m{pair.i % 10}", y(pair.s.Points[^1].Value)))
                .Concat(levels.Select(level => ($"{level.Name} {written(level.Value)}", "tick", y(level.Value)))).OrderBy(name => name.Item3),
        ];
        double[] at = new double[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            at[i] = i == 0 ? Math.Max(names[i].Y, Top) : Math.Max(names[i].Y, at[i - 1] + LabelGap);
        }

        for (int i = names.Length - 1; i >= 0; i--)
        {
            at[i] = Math.Min(at[i], i == names.Length - 1 ? Height - Bottom : at[i + 1] - LabelGap);
        }

        return names.Select((name, i) => Text(Width - Right + 12, at[i] + 4, name.Text, name.Style));
    }

    private static string Pair(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:0.##},{y:0.##}");
}
