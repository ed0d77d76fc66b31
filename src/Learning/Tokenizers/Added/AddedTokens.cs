using System.Buffers;
using System.Text;
using EdgeFlora.Learning.Tokenizers.Characters;
using EdgeFlora.Learning.Tokenizers.Pieces;

namespace EdgeFlora.Learning.Tokenizers.Added;

/// <summary>Finds added tokens in a text: the leftmost first, of several at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly SortedPieces contents;
    private readonly Dictionary<int, AddedToken> tokens;
    private readonly SearchValues<char> beginnings;

    public AddedTokens(IReadOnlyCollection<AddedToken> tokens)
    {
        contents = new SortedPieces(tokens.Select(token => KeyValuePair.Create(token.Content, token.Id)));
        this.tokens = tokens.ToDictionary(token => token.Id);
        beginnings = SearchValues.Create([.. tokens.Select(token => token.Content[0]).Distinct()]);
    }

    /// <summary>Tokens and the text between them, in order; no text is empty.</summary>
    public IEnumerable<Stretch> Divide(string text)
    {
        var found = new List<(int Length, int Id)>();
        int start = 0;
        for (int at = Next(text, 0); at >= 0; at = Next(text, at))
        {
            if (At(text, at, found) is not { } match)
            {
                at++;
                continue;
            }

            int begin = at;
            int end = at + match.Length;
            at = end;
            if (match.Token.WholeWord && Touches(text, begin, match.Length))
            {
                continue; // nor is another sought within it
            }

            int left = match.Token.StripLeft && begin > start ? start + text.AsSpan(start, begin - start).TrimEnd().Length : begin;
            if (left > start)
            {
                yield return new Stretch(text[start..left], null, start == 0);
            }

            yield return new Stretch("", match.Token.Id, left == 0);
            start = match.Token.StripRight ? text.Length - text.AsSpan(end).TrimStart().Length : end;
        }

        if (start < text.Length)
        {
            yield return new Stretch(start == 0 ? text : text[start..], null, start == 0);
        }
    }

    private int Next(string text, int from)
    {
        int offset = from < text.Length ? text.AsSpan(from).IndexOfAny(beginnings) : -1;
        return offset < 0 ? -1 : from + offset;
    }

    private (AddedToken Token, int Length)? At(string text, int at, List<(int Length, int Id)> found)
    {
        contents.Find(text.AsSpan(at), found);
        return found.Count == 0 ? null : (tokens[found[^1].Id], found[^1].Length);
    }

    private static bool Touches(string text, int at, int length) =>
        (Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune before, out _) == OperationStatus.Done && WordCharacters.Contains(before))
        || (Rune.DecodeFromUtf16(text.AsSpan(at + length), out Rune after, out _) == OperationStatus.Done && WordCharacters.Contains(after));
}
