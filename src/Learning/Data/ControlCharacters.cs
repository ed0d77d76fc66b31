using System.Buffers;
using System.Globalization;

namespace EdgeFlora.Learning.Data;

/// <summary>
/// Control characters that no text file has, unless it is damaged, binary or from an old editor: all of ASCII but tab, line ends, vertical tab and
/// form feed.
/// </summary>
internal static class ControlCharacters
{
    private static readonly SearchValues<char> Refused = SearchValues.Create(
        [.. Enumerable.Range(0, 0x80).Select(code => (char)code).Where(c => char.IsControl(c) && c is not (>= '\t' and <= '\r'))]);

    /// <summary>Where the first one stands; −1 if there is none.</summary>
    public static int First(ReadOnlySpan<char> text) => text.IndexOfAny(Refused);

    /// <summary>The character as it is spoken of: <c>U+0000 (NUL)</c>.</summary>
    public static string Name(char c)
    {
        string known = c switch
        {
            '\0' => " (NUL)",
            '\u001A' => " (Ctrl-Z, the end of a file in DOS)",
            '\u001B' => " (Escape)",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}{known}");
    }

    /// <summary>A text of a file made visible for a message: cut, and characters that show nothing written as <c>\uXXXX</c>.</summary>
    public static string Visible(string text)
    {
        const int Kept = 60;
        string kept = text.Length <= Kept ? text : text[..Kept];
        return string.Concat(kept.Select(c => ShowsNothing(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString()))
            + (text.Length <= Kept ? "" : "…");
    }

    private static bool ShowsNothing(char c) =>
        c != ' ' && (char.IsControl(c) || char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format);
}
