using System.Text;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Text from agents, files and messages, made fit to be shown.</summary>
internal static class SafeText
{
    /// <summary>One line that a terminal and an XML writer take: control characters, line breaks and what is no character become spaces.</summary>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool shown = !Rune.IsControl(rune) && rune.Value is not (0x2028 or 0x2029 or 0xFFFE or 0xFFFF);
            line.Append(shown ? rune : new Rune(' '));
        }

        return line.ToString().Trim();
    }

    /// <summary>The same, with the spaces at its begin, which indent.</summary>
    public static string Shown(string text)
    {
        string line = OneLine(text);
        return text[..^text.TrimStart(' ').Length] + line;
    }
}
