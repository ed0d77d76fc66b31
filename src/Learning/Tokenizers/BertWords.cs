using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>BERT's basic tokenizer: cleans text and splits it at white space, punctuation and ideographs (arXiv 1810.04805 and its published code).</summary>
internal static class BertWords
{
    /// <summary>The words of <paramref name="text"/> in order, each non-empty; punctuation marks are words of one character.</summary>
    public static IEnumerable<string> Split(string text, BertNormalization normalization)
    {
        var word = new StringBuilder();
        var normalized = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsWhitespace(rune))
            {
                if (word.Length > 0)
                {
                    yield return Take(word);
                }
            }
            else if (!IsDropped(rune))
            {
                bool alone = normalization.SplitIdeographs && IsIdeograph(rune.Value);
                if (alone && word.Length > 0)
                {
                    yield return Take(word);
                }

                Normalize(rune, normalization, normalized);
                foreach (Rune part in Take(normalized).EnumerateRunes())
                {
                    bool mark = IsPunctuation(part);
                    if (mark && word.Length > 0)
                    {
                        yield return Take(word);
                    }

                    word.Append(part.ToString());
                    if (mark)
                    {
                        yield return Take(word);
                    }
                }

                if (alone && word.Length > 0)
                {
                    yield return Take(word);
                }
            }
        }

        if (word.Length > 0)
        {
            yield return Take(word);
        }
    }

    private static string Take(StringBuilder text)
    {
        string taken = text.ToString();
        text.Clear();
        return taken;
    }

    private static void Normalize(Rune rune, BertNormalization normalization, StringBuilder normalized)
    {
        if (normalization.StripAccents)
        {
            Accents.AppendStripped(normalized, rune);
        }
        else
        {
            normalized.Append(rune.ToString());
        }

        if (normalization.Lowercase)
        {
            string lower = normalized.ToString().ToLowerInvariant();
            normalized.Clear().Append(lower);
        }
    }

    private static bool IsWhitespace(Rune rune) =>
        rune.Value is ' ' or '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    /// <summary>Control and format characters, private use, and what broken UTF-16 was replaced with.</summary>
    private static bool IsDropped(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune) =>
        rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        || Rune.IsPunctuation(rune);

    /// <summary>The blocks of CJK unified and compatibility ideographs that BERT's code lists.</summary>
    private static bool IsIdeograph(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
