using System.Xml.Linq;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A quantity with its name.</summary>
internal sealed record Bar(string Name, string Style, double Value, string Written);

/// <summary>Horizontal bars on one linear scale from 0, so that lengths compare as the quantities do.</summary>
internal static class BarPlot
{
    private const double Width = 720;
    private const double Left = 190;
    private const double Right = 110;
    private const double RowHeight = 38;

    public static XElement Draw(string description, IReadOnlyList<Bar> bars)
    {
        double largest = Math.Max(bars.Max(bar => bar.Value), double.Epsilon);
        var content = new List<object?>();
        for (int i = 0; i < bars.Count; i++)
        {
            Bar bar = bars[i];
            double y = i * RowHeight;
            double length = (Width - Left - Right) * bar.Value / largest;
            content.Add(Text(Left - 12, y + 24, bar.Name, "label", "end"));
            content.Add(Box(Left, y + 7, Math.Max(length, 1.5), RowHeight - 14, $"bar {bar.Style}", 3, $"{bar.Name}: {bar.Written}"));
            content.Add(Text(Left + Math.Max(length, 1.5) + 8, y + 24, bar.Written, "label strong"));
        }

        return Drawing(Width, bars.Count * RowHeight, description, content);
    }
}
