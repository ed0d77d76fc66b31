using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>A regular expression of a tokenizer, over characters rather than UTF-16 units.</summary>
internal sealed class TextPattern
{
    private const int MaxLength = 10_000; // published ones have some hundreds

    /// <summary>A pattern that backtracks without end would hold an agent for ever; real ones take microseconds for a match.</summary>
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TextLimit = TimeSpan.FromSeconds(10);

    /// <summary>Added to the limit for every character; real patterns take a hundredth of it.</summary>
    private static readonly TimeSpan CharacterLimit = TimeSpan.FromMicroseconds(20);

    private readonly string pattern;
    private readonly Regex regex;
    private readonly StandIns standIns;

    private TextPattern(string pattern, PatternNode root)
    {
        this.pattern = pattern;
        (string written, standIns) = PatternWriter.Write(root);
        regex = new Regex(written, RegexOptions.CultureInvariant, MatchLimit);
    }

    /// <summary>A pattern in Oniguruma's syntax.</summary>
    /// <exception cref="InvalidDataException">The pattern is none, or is not supported; the message quotes it.</exception>
    public static TextPattern Parse(string pattern) => pattern.Length <= MaxLength
        ? new TextPattern(pattern, PatternParser.Parse(pattern))
        : throw new InvalidDataException($"the pattern has {pattern.Length:N0} characters; it should have at most {MaxLength:N0}.");

    /// <summary>A pattern that was put together here.</summary>
    public static TextPattern Of(PatternNode root) => new("", root);

    /// <summary>The matches in order, in UTF-16 units; an empty one does not follow another match at once.</summary>
    /// <exception cref="InvalidDataException">Matching takes too long.</exception>
    public IEnumerable<(int Start, int Length)> Matches(string text)
    {
        bool paired = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
        (string matched, int[]? starts) = paired ? standIns.Of(text) : (text, null);
        long begun = Stopwatch.GetTimestamp();
        TimeSpan limit = TextLimit + (CharacterLimit * text.Length);
        int from = 0;
        int last = -1; // where the last match ended
        while (from <= matched.Length && Next(matched, from) is var (start, length))
        {
            if (Stopwatch.GetElapsedTime(begun) > limit)
            {
                throw TooSlow(text.Length, limit, null);
            }

            int end = start + length;
            if (length == 0 && end == last)
            {
                from++;
                continue;
            }

            from = last = end;
            yield return starts is null ? (start, length) : (starts[start], starts[end] - starts[start]);
        }
    }

    private (int Start, int Length)? Next(string text, int from)
    {
        try
        {
            foreach (ValueMatch match in regex.EnumerateMatches(text, from))
            {
                return (match.Index, match.Length);
            }

            return null;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(text.Length, MatchLimit, e);
        }
    }

    private InvalidDataException TooSlow(int characters, TimeSpan limit, Exception? inner) => new(
        $"The tokenizer's pattern \"{(pattern.Length > 200 ? pattern[..200] + "…" : pattern)}\" takes over {limit.TotalSeconds:N0} s on a text of "
        + $"{characters:N0} characters; it should not backtrack so much.",
        inner);
}
