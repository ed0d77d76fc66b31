using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>A regular expression over characters rather than UTF-16 units.</summary>
/// <remarks>
/// .NET matches units, so that no class of letters holds a character above U+FFFF. Such characters are therefore matched by
/// proxies: a character of the same general category that no published pattern names.
/// </remarks>
internal sealed class TextPattern
{
    /// <summary>A pattern that backtracks without end would hold an agent for ever; real ones take microseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Regex regex;

    /// <exception cref="InvalidDataException">The pattern is none, or uses what .NET reads otherwise.</exception>
    public TextPattern(string pattern)
    {
        if (pattern.Any(char.IsSurrogate) || pattern.Contains("&&", StringComparison.Ordinal) || pattern.Contains("[:", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"\"{pattern}\" names characters above U+FFFF, intersects classes or uses POSIX classes; such patterns are not supported.");
        }

        try
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"\"{pattern}\" is no pattern that is supported here: {e.Message}", e);
        }
    }

    /// <summary>The matches in order, in UTF-16 units.</summary>
    /// <exception cref="InvalidDataException">Matching takes over ten seconds.</exception>
    public IEnumerable<(int Start, int Length)> Matches(string text)
    {
        bool paired = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
        (string matched, int[]? starts) = paired ? Proxies(text) : (text, null);
        Match match = First(matched);
        while (match.Success)
        {
            yield return starts is null
                ? (match.Index, match.Length)
                : (starts[match.Index], starts[match.Index + match.Length] - starts[match.Index]);
            match = Next(match);
        }
    }

    private Match First(string text)
    {
        try
        {
            return regex.Match(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(e);
        }
    }

    private static Match Next(Match match)
    {
        try
        {
            return match.NextMatch();
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(e);
        }
    }

    private static InvalidDataException TooSlow(RegexMatchTimeoutException e) =>
        new($"The tokenizer's pattern \"{e.Pattern}\" takes over {e.MatchTimeout.TotalSeconds} s on a text of {e.Input.Length:N0} characters; it should not backtrack so much.", e);

    /// <summary>One unit for each character, and where each begins in the text; last, the text's end.</summary>
    private static (string Proxies, int[] Starts) Proxies(string text)
    {
        var proxies = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            starts.Add(at);
            proxies.Append(rune.IsBmp ? (char)rune.Value : Proxy(Rune.GetUnicodeCategory(rune)));
            at += rune.Utf16SequenceLength;
        }

        starts.Add(at);
        return (proxies.ToString(), [.. starts]);
    }

    private static char Proxy(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u10A0',
        UnicodeCategory.LowercaseLetter => '\u0250',
        UnicodeCategory.ModifierLetter => '\u02D0',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\u0483',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.DecimalDigitNumber => '\u0966',
        UnicodeCategory.LetterNumber => '\u2180',
        UnicodeCategory.OtherNumber => '\u2474',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OtherPunctuation => '\u2022',
        UnicodeCategory.MathSymbol => '\u2200',
        UnicodeCategory.CurrencySymbol => '\u20A0',
        UnicodeCategory.ModifierSymbol => '\u02D2',
        UnicodeCategory.Format => '\u2061',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.OtherNotAssigned => '\uFFFE',
        _ => '\u2600', // other symbols: the emoji
    };
}
