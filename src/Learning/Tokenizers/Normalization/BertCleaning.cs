using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>BERT's cleaning of text (arXiv 1810.04805), as Hugging Face's tokenizers do it.</summary>
internal static class BertCleaning
{
    /// <summary>
    /// Plain spaces for white space, nothing for invisible characters; ideographs, accents and case as <paramref name="normalization"/> says.
    /// </summary>
    public static string Normalize(string text, BertNormalization normalization)
    {
        string cleaned = normalization.CleansText || normalization.SplitIdeographs ? Cleaned(text, normalization) : text;
        string stripped = normalization.StripAccents ? Accents.Strip(cleaned) : cleaned;
        return normalization.Lowercase ? LetterCase.Lower(stripped) : stripped;
    }

    private static string Cleaned(string text, BertNormalization normalization)
    {
        var cleaned = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (normalization.CleansText && IsDropped(rune))
            {
                continue;
            }

            if (normalization.CleansText && Rune.IsWhiteSpace(rune))
            {
                cleaned.Append(' ');
            }
            else if (normalization.SplitIdeographs && IsIdeograph(rune.Value))
            {
                cleaned.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else
            {
                cleaned.Append(rune.ToString());
            }
        }

        return cleaned.ToString();
    }

    /// <summary>Control and format characters, private use, and what broken UTF-16 was replaced with.</summary>
    private static bool IsDropped(Rune rune) => rune.Value is not ('\t' or '\n' or '\r')
        && (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.PrivateUse);

    /// <summary>The blocks of CJK ideographs that Hugging Face's code lists; BERT's own begins one of them at U+2B820.</summary>
    private static bool IsIdeograph(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
