using System.Globalization;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Canonical decomposition (NFD) without nonspacing marks.</summary>
/// <remarks>A table of our own, for <see cref="string.Normalize(NormalizationForm)"/> leaves text as it is under invariant globalization.</remarks>
internal static class Accents
{
    private const string Resource = "EdgeFlora.Learning.Tokenizers.unaccented.txt";
    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;

    private static readonly Dictionary<int, string> Unaccented = Load();

    /// <summary>Appends <paramref name="rune"/> without its accents: nothing for a nonspacing mark, itself for a character without any.</summary>
    public static void AppendStripped(StringBuilder text, Rune rune)
    {
        if (rune.IsAscii)
        {
            text.Append((char)rune.Value);
        }
        else if (rune.Value is >= HangulFirst and <= HangulLast)
        {
            AppendHangul(text, rune.Value - HangulFirst);
        }
        else if (Unaccented.TryGetValue(rune.Value, out string? plain))
        {
            text.Append(plain);
        }
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            text.Append(rune.ToString());
        }
    }

    /// <summary>A syllable is a lead, a vowel and perhaps a tail (Unicode standard, section 3.12).</summary>
    private static void AppendHangul(StringBuilder text, int syllable)
    {
        const int Vowels = 21;
        const int Tails = 28;
        text.Append((char)(0x1100 + (syllable / (Vowels * Tails)))).Append((char)(0x1161 + (syllable / Tails % Vowels)));
        if (syllable % Tails > 0)
        {
            text.Append((char)(0x11A7 + (syllable % Tails)));
        }
    }

    private static Dictionary<int, string> Load()
    {
        var unaccented = new Dictionary<int, string>();
        using Stream stream = typeof(Accents).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                string[] sides = line.Split('<');
                string plain = string.Concat(sides[0].Split(' ').Select(code => new Rune(CodePoint(code)).ToString()));
                foreach (string code in sides[1].Split(' '))
                {
                    unaccented.Add(CodePoint(code), plain);
                }
            }
        }

        return unaccented;
    }

    private static int CodePoint(string code) => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
