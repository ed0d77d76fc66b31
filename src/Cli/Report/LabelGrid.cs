using System.Globalization;
using System.Xml.Linq;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>How many examples of each label an agent holds: the unevenness that federated training has to bear.</summary>
internal static class LabelGrid
{
    private const double Width = 720;
    private const double Left = 150;
    private const double CellHeight = 26;
    private const double Top = 26;

    /// <param name="counts">[agents][labels].</param>
    public static XElement Draw(
        string description, IReadOnlyList<string> labels, IReadOnlyList<string> agents, IReadOnlyList<IReadOnlyList<int>> counts)
    {
        double cellWidth = (Width - Left) / Math.Max(1, agents.Count);
        int largest = Math.Max(1, counts.SelectMany(row => row).DefaultIfEmpty(0).Max());
        var content = new List<object?>();
        for (int a = 0; a < agents.Count; a++)
        {
            content.Add(Text(Left + ((a + 0.5) * cellWidth), 16, agents[a], "tick", "middle"));
        }

        for (int l = 0; l < labels.Count; l++)
        {
            double y = Top + (l * CellHeight);
            content.Add(Text(Left - 12, y + 17, labels[l], "label", "end"));
            for (int a = 0; a < agents.Count; a++)
            {
                int count = counts[a][l];
                XElement cell = Box(
                    Left + (a * cellWidth) + 1,
                    y + 1,
                    cellWidth - 2,
                    CellHeight - 2,
                    "cell",
                    3,
                    $"{agents[a]}, {labels[l]}: {count.ToString(CultureInfo.InvariantCulture)} examples");
                // The square root keeps small holdings visible beside large ones.
                cell.Add(At(
                    "style",
                    string.Create(CultureInfo.InvariantCulture, $"fill-opacity:{0.06 + (0.94 * Math.Sqrt((double)count / largest)):0.###}")));
                content.Add(cell);
                content.Add(Text(
                    Left + ((a + 0.5) * cellWidth),
                    y + 17,
                    count.ToString(CultureInfo.InvariantCulture),
                    count * 3 > largest ? "count over" : "count",
                    "middle"));
            }
        }

        return Drawing(Width, Top + (labels.Count * CellHeight) + 4, description, content);
    }
}
