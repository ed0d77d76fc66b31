using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Lower case, character by character and whatever the language.</summary>
internal static class LetterCase
{
    private const char DottedCapitalI = '\u0130';
    private const string DottedSmallI = "i\u0307"; // the one character whose lower case is two

    public static string Lower(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == DottedCapitalI)
            {
                lower.Append(DottedSmallI);
            }
            else
            {
                lower.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        return lower.ToString();
    }
}
