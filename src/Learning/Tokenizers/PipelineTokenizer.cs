using System.Text;
using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>The tokenizer that <c>tokenizer.json</c> describes: added tokens are found, text is normalized, divided into words and these into pieces, special tokens are put around.</summary>
internal sealed class PipelineTokenizer : ITokenizer
{
    private readonly Vocabulary vocabulary;
    private readonly AddedTokens verbatim;
    private readonly AddedTokens normalized;
    private readonly Normalizer normalize;
    private readonly PreTokenizer divide;
    private readonly IPieceModel model;
    private readonly Template template;
    private readonly TokenDecoder decode;

    public PipelineTokenizer(Vocabulary vocabulary, IEnumerable<AddedToken> added, Normalizer normalize, PreTokenizer divide, IPieceModel model, Template template, TokenDecoder decode, SpecialTokens special)
    {
        this.vocabulary = vocabulary;
        this.normalize = normalize;
        this.divide = divide;
        this.model = model;
        this.template = template;
        this.decode = decode;
        Special = special;
        verbatim = new AddedTokens([.. added.Where(token => !token.Normalized)]);
        normalized = new AddedTokens([.. added
            .Where(token => token.Normalized)
            .Select(token => token with { Content = normalize(token.Content) })
            .Where(token => token.Content.Length > 0)
            .DistinctBy(token => token.Content, StringComparer.Ordinal)]);
    }

    public int VocabularySize => vocabulary.Size;

    public SpecialTokens Special { get; }

    public int[] Encode(string text, string? pair, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        int around = template.SpecialCount(pair is not null);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, around + (pair is null ? 1 : 2));
        int budget = maxTokens - around;

        // A text longer than the whole budget is cut in any case, so that its rest need not be divided.
        List<int> first = Ids(text, budget);
        if (pair is null)
        {
            return template.Wrap(first, null);
        }

        List<int> second = Ids(pair, budget);
        (int firstCount, int secondCount) = Truncation.Fit(first.Count, second.Count, budget);
        return template.Wrap(first[..firstCount], second[..secondCount]);
    }

    public int[] EncodeBare(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        return [.. Ids(text, maxTokens)];
    }

    public int[] EncodeOpen(string text) => [.. template.Opening, .. EncodeBare(text, int.MaxValue)];

    public int SecondSegment(ReadOnlySpan<int> ids) => template.SecondSegment(ids);

    public string Decode(ReadOnlySpan<int> ids)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string token = Token(id);
            if (!vocabulary.IsSpecial(id))
            {
                tokens.Add(token);
            }
        }

        return string.Concat(decode(tokens));
    }

    public string Token(int id) => vocabulary.Token(id);

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

            foreach (Stretch inner in normalized.Divide(normalize(outer.Text)))
            {
                if (inner.Id is not null)
                {
                    yield return inner;
                    continue;
                }

                foreach (string word in divide(inner.Text, outer.AtStart && inner.AtStart))
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
