using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>BERT's cleaning of text (arXiv 1810.04805 and its published code).</summary>
internal static class BertCleaning
{
    /// <summary>Plain spaces for white space, nothing for invisible characters; ideographs, accents and case as <paramref name="normalization"/> says.</summary>
    public static string Normalize(string text, BertNormalization normalization)
    {
        var cleaned = new StringBuilder(text.Length);
        var stripped = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsWhitespace(rune))
            {
                cleaned.Append(' ');
            }
            else if (!IsDropped(rune))
            {
                string space = normalization.SplitIdeographs && IsIdeograph(rune.Value) ? " " : "";
                cleaned.Append(space).Append(Letter(rune, normalization, stripped)).Append(space);
            }
        }

        return cleaned.ToString();
    }

    private static string Letter(Rune rune, BertNormalization normalization, StringBuilder stripped)
    {
        string letter;
        if (normalization.StripAccents)
        {
            Accents.AppendStripped(stripped, rune);
            letter = stripped.ToString();
            stripped.Clear();
        }
        else
        {
            letter = rune.ToString();
        }

        return normalization.Lowercase ? letter.ToLowerInvariant() : letter;
    }

    private static bool IsWhitespace(Rune rune) =>
        rune.Value is ' ' or '\t' or '\n' or '\r'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Control and format characters, private use, and what broken UTF-16 was replaced with.</summary>
    private static bool IsDropped(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>The blocks of CJK unified and compatibility ideographs that BERT's code lists.</summary>
    private static bool IsIdeograph(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
