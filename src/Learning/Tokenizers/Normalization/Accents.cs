using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Text without accents.</summary>
internal static class Accents
{
    /// <summary>The canonical decomposition (NFD) without nonspacing marks.</summary>
    public static string Strip(string text) => Ascii.IsValid(text)
        ? text
        : Without(UnicodeNormalization.Normalize(text, UnicodeForm.Nfd), category => category == UnicodeCategory.NonSpacingMark);

    /// <summary>The text without its marks; what is composed stays so.</summary>
    public static string RemoveMarks(string text) => Ascii.IsValid(text)
        ? text
        : Without(
            text, category => category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);

    private static string Without(string text, Func<UnicodeCategory, bool> dropped)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!dropped(Rune.GetUnicodeCategory(rune)))
            {
                plain.Append(rune.ToString());
            }
        }

        return plain.ToString();
    }
}
