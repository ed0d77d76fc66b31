using System.Text;
using System.Xml.Linq;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>A page that needs no network.</summary>
internal static class Page
{
    /// <summary>The page as UTF-8 without a byte-order mark.</summary>
    public static byte[] Render(string title, string sheet, IEnumerable<object?> body)
    {
        XElement page = Node(
            "html",
            At("lang", "en"),
            Node(
                "head",
                Node("meta", At("charset", "utf-8")),
                Node("meta", At("name", "viewport"), At("content", "width=device-width, initial-scale=1")),
                Node("title", title),
                Node("style", sheet)),
            Node("body", Node("main", body)));
        return Encoding.UTF8.GetBytes("<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
    }
}
