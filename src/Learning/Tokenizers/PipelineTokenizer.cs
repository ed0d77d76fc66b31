using System.Text;
using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Pieces;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>
/// The tokenizer that <c>tokenizer.json</c> describes: added tokens are found, text is normalized, divided into words and these into pieces, special
/// tokens are put around.
/// </summary>
internal sealed class PipelineTokenizer : ITokenizer
{
    private readonly TokenizerParts parts;
    private readonly IPieceModel model;
    private readonly AddedTokens verbatim;
    private readonly AddedTokens normalized;
    private readonly AddedTokens special;

    public PipelineTokenizer(TokenizerParts parts, bool matchesSpecial)
    {
        this.parts = parts;
        MatchesSpecialTokens = matchesSpecial;
        model = matchesSpecial ? parts.Model : parts.Model.Without(parts.Hidden);
        AddedToken[] found = [.. parts.Added.Where(token => matchesSpecial || !token.Special)];
        verbatim = new AddedTokens([.. found.Where(token => !token.Normalized)]);
        normalized = new AddedTokens([.. found
            .Where(token => token.Normalized)
            .Select(token => token with { Content = parts.Normalize(token.Content) })
            .Where(token => token.Content.Length > 0)
            .DistinctBy(token => token.Content, StringComparer.Ordinal)]);
        special = new AddedTokens([.. parts.Added.Where(token => token.Special)]);
    }

    public int VocabularySize => parts.Vocabulary.Size;

    public SpecialTokens Special => parts.Special;

    public bool MatchesSpecialTokens { get; }

    public bool DropsStart => parts.DropsStart;

    public ITokenizer WithSpecialTokens(bool matched) => matched == MatchesSpecialTokens ? this : new PipelineTokenizer(parts, matched);

    public int CountSpecialTokens(string text) => special.Divide(Valid(text)).Count(stretch => stretch.Id is not null);

    public int[] Encode(string text, string? pair, int maxTokens, out int secondSegment)
    {
        ArgumentNullException.ThrowIfNull(text);
        int around = parts.Template.SpecialCount(pair is not null);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, around + (pair is null ? 1 : 2));
        int budget = maxTokens - around;

        // A text longer than the whole budget is cut in any case, so that its rest need not be divided.
        List<int> first = Ids(text, DropsStart ? int.MaxValue : budget);
        List<int>? second = pair is null ? null : Ids(pair, DropsStart ? int.MaxValue : budget);
        (int firstCount, int secondCount) = Truncation.Fit(first.Count, second?.Count ?? 0, budget);
        return parts.Template.Wrap(Cut(first, firstCount), second is null ? null : Cut(second, secondCount), out secondSegment);
    }

    public int[] EncodeBare(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        return [.. Ids(text, maxTokens)];
    }

    public int[] EncodeOpen(string text) => [.. parts.Template.Opening, .. EncodeBare(text, int.MaxValue)];

    public string Decode(ReadOnlySpan<int> ids)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string token = Token(id);
            if (!parts.Vocabulary.IsSpecial(id))
            {
                tokens.Add(token);
            }
        }

        return string.Concat(parts.Decode(tokens));
    }

    public string Token(int id) => parts.Vocabulary.Token(id);

    private List<int> Cut(List<int> ids, int count) => DropsStart ? ids[^count..] : ids[..count];

    /// <summary>The first <paramref name="limit"/> ids of a text.</summary>
    private List<int> Ids(string text, int limit)
    {
        var ids = new List<int>();
        foreach (Stretch word in Words(Valid(text)))
        {
            if (ids.Count >= limit)
            {
                break;
            }

            if (word.Id is { } id)
            {
                ids.Add(id);
            }
            else
            {
                model.Append(word.Text, ids);
            }
        }

        ids.RemoveRange(Math.Min(limit, ids.Count), Math.Max(0, ids.Count - limit));
        return ids;
    }

    private IEnumerable<Stretch> Words(string text)
    {
        foreach (Stretch outer in verbatim.Divide(text))
        {
            if (outer.Id is not null)
            {
                yield return outer;
                continue;
            }

            foreach (Stretch inner in normalized.Divide(parts.Normalize(outer.Text)))
            {
                if (inner.Id is not null)
                {
                    yield return inner;
                    continue;
                }

                foreach (string word in parts.Divide(inner.Text, outer.AtStart && inner.AtStart))
                {
                    yield return new Stretch(word, null, false);
                }
            }
        }
    }

    /// <summary>U+FFFD for what is no UTF-16.</summary>
    private static string Valid(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        var valid = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            valid.Append(rune.ToString());
        }

        return valid.ToString();
    }
}
