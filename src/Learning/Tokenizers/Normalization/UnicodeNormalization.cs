using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>The normalization forms of Unicode Standard Annex 15, over the table of Unicode 14.</summary>
internal static class UnicodeNormalization
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadFirst = 0x1100;
    private const int LeadCount = 19;
    private const int VowelFirst = 0x1161;
    private const int VowelCount = 21;
    private const int TailBase = 0x11A7; // one before the first tail: tail 0 is none
    private const int TailCount = 28;

    /// <summary>The text in a normalization form.</summary>
    public static string Normalize(string text, UnicodeForm form)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var characters = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, form is UnicodeForm.Nfkd or UnicodeForm.Nfkc, characters);
        }

        Order(characters);
        if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
        {
            Compose(characters);
        }

        var normalized = new StringBuilder(text.Length);
        foreach (int codePoint in characters)
        {
            normalized.Append(new Rune(codePoint).ToString());
        }

        return normalized.ToString();
    }

    /// <summary>Appends the full decomposition of one character, its marks in the order of the table.</summary>
    public static void Decompose(int codePoint, bool compatible, List<int> characters)
    {
        if (codePoint - HangulFirst is >= 0 and < HangulCount and var syllable)
        {
            // Unicode standard, section 3.12: a lead, a vowel and perhaps a tail.
            characters.Add(LeadFirst + (syllable / (VowelCount * TailCount)));
            characters.Add(VowelFirst + (syllable / TailCount % VowelCount));
            if (syllable % TailCount > 0)
            {
                characters.Add(TailBase + (syllable % TailCount));
            }
        }
        else if (UnicodeTable.Instance.Decomposition(codePoint, compatible) is { } parts)
        {
            foreach (int part in parts)
            {
                Decompose(part, compatible, characters);
            }
        }
        else
        {
            characters.Add(codePoint);
        }
    }

    /// <summary>Sorts every run of marks by combining class, stably.</summary>
    private static void Order(List<int> characters)
    {
        UnicodeTable table = UnicodeTable.Instance;
        for (int start = 0; start < characters.Count;)
        {
            int end = start;
            while (end < characters.Count && table.CombiningClass(characters[end]) > 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] ordered = [.. characters[start..end].OrderBy(table.CombiningClass)];
                for (int i = 0; i < ordered.Length; i++)
                {
                    characters[start + i] = ordered[i];
                }
            }

            start = end + 1;
        }
    }

    /// <summary>Composes each mark with the last starter unless a mark of the same or a higher class stands between.</summary>
    private static void Compose(List<int> characters)
    {
        UnicodeTable table = UnicodeTable.Instance;
        int starter = -1;
        int written = 0;
        int lastClass = 0;
        foreach (int character in characters.ToArray())
        {
            byte combiningClass = table.CombiningClass(character);
            bool adjacent = starter == written - 1;
            if (starter >= 0
                && (adjacent || (lastClass != 0 && lastClass < combiningClass))
                && Pair(characters[starter], character, table) is { } composed)
            {
                characters[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = written;
            }

            lastClass = combiningClass;
            characters[written++] = character;
        }

        characters.RemoveRange(written, characters.Count - written);
    }

    private static int? Pair(int first, int second, UnicodeTable table)
    {
        if (first - LeadFirst is >= 0 and < LeadCount and var lead && second - VowelFirst is >= 0 and < VowelCount and var vowel)
        {
            return HangulFirst + (((lead * VowelCount) + vowel) * TailCount);
        }

        bool open = first - HangulFirst is >= 0 and < HangulCount and var syllable && syllable % TailCount == 0;
        return open && second - TailBase is > 0 and < TailCount and var tail ? first + tail : table.Composition(first, second);
    }
}
