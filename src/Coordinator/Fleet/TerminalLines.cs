using System.Text;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Messages;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>Lines of an agent's terminal, whatever it sends: bounded, and nothing in them that moves a cursor or hides text.</summary>
internal static class TerminalLines
{
    public static IReadOnlyList<string> Of(IReadOnlyList<string> lines) =>
        [.. lines.TakeLast(Heartbeat.MostLines).Select(line => Plain(Text.Cut(line, Heartbeat.LongestLine)))];

    private static string Plain(string line)
    {
        var plain = new StringBuilder(line.Length);
        foreach (Rune rune in line.EnumerateRunes())
        {
            plain.Append(IsShown(rune) ? rune : new Rune(' '));
        }

        return plain.ToString().TrimEnd();
    }

    /// <summary>Not characters that change the direction of others either, by which a line can be made to look like another one.</summary>
    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator);
}
