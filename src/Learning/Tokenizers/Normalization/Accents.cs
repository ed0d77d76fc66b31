using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Canonical decomposition (NFD) without nonspacing marks.</summary>
internal static class Accents
{
    /// <summary>Appends <paramref name="rune"/> without its accents: nothing for a nonspacing mark, itself for a character without any.</summary>
    public static void AppendStripped(StringBuilder text, Rune rune)
    {
        if (rune.IsAscii)
        {
            text.Append((char)rune.Value);
            return;
        }

        var parts = new List<int>();
        UnicodeNormalization.Decompose(rune.Value, compatible: false, parts);
        foreach (Rune part in parts.Select(codePoint => new Rune(codePoint)))
        {
            if (Rune.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark)
            {
                text.Append(part.ToString());
            }
        }
    }

    /// <summary>The text without its marks; what is composed stays so.</summary>
    public static string RemoveMarks(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark))
            {
                plain.Append(rune.ToString());
            }
        }

        return plain.ToString();
    }
}
