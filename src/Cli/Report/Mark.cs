using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Report;

/// <summary>Elements of the report. Going through an XML writer escapes everything and keeps the page well-formed.</summary>
internal static class Mark
{
    public static XElement Node(string name, params object?[] content) => new(name, content);

    /// <summary>An element with a class.</summary>
    public static XElement Styled(string name, string style, params object?[] content) => new(name, At("class", style), content);

    public static XAttribute At(string name, string value) => new(name, SafeText.OneLine(value));

    public static XAttribute At(string name, double value) => new(name, value.ToString("0.##", CultureInfo.InvariantCulture));

    /// <summary>A figure with its name and what it is to be seen beside.</summary>
    public static XElement Tile(string figure, string name, string beside) => Styled(
        "div", "tile", Styled("div", "figure", figure), Styled("div", "name", name), Styled("div", "beside", SafeText.OneLine(beside)));

    /// <summary>An inline drawing of <paramref name="width"/> × <paramref name="height"/> user units that scales with the page.</summary>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public static XElement Drawing(double width, double height, string description, params object?[] content) =>
        Node(
            "svg",
            At("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")),
            At("role", "img"),
            At("aria-label", description),
            content);

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public static XElement Text(double x, double y, string text, string style, string anchor = "start") =>
        Node("text", At("x", x), At("y", y), At("class", style), At("text-anchor", anchor), SafeText.OneLine(text));

    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Node("line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), At("class", style));

    public static XElement Box(double x, double y, double width, double height, string style, double corner = 0, string? tip = null) =>
        Node("rect", At("x", x), At("y", y), At("width", Math.Max(0, width)), At("height", height), At("rx", corner), At("class", style), Tip(tip));

    public static XElement Dot(double x, double y, double radius, string style, string? tip = null) =>
        Node("circle", At("cx", x), At("cy", y), At("r", radius), At("class", style), Tip(tip));

    public static XElement? Tip(string? text) => text is null ? null : Node("title", SafeText.OneLine(text));
}
