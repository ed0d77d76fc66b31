using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>A table of results in a page.</summary>
internal static class HtmlTable
{
    public static XElement Draw(EdgeFlora.Experiments.Results.Table table) => Styled(
        "div",
        "scroll",
        Node(
            "table",
            Node("thead", Node("tr", table.Headings.Select(heading => Node("th", At("scope", "col"), heading)))),
            Node("tbody", table.Rows.Select(row => Node(
                "tr", Node("th", At("scope", "row"), SafeText.OneLine(row[0])), row.Skip(1).Select(cell => Node("td", SafeText.OneLine(cell))))))));
}
