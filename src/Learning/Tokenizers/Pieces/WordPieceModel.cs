using System.Collections.Frozen;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>WordPiece: the longest piece that fits, again and again; one unknown token for the whole word where none does.</summary>
internal sealed class WordPieceModel : IPieceModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> continuations;
    private readonly WordPieceSettings settings;
    private readonly int longest;
    private FrozenSet<int> hidden = [];

    /// <param name="vocabulary">Ids by piece.</param>
    /// <param name="settings">How pieces are written and words bounded.</param>
    /// <exception cref="InvalidDataException">There is no piece.</exception>
    public WordPieceModel(Dictionary<string, int> vocabulary, WordPieceSettings settings)
    {
        if (vocabulary.Count == 0)
        {
            throw new InvalidDataException("the vocabulary has no piece of text; a word piece model has at least one.");
        }

        string prefix = settings.Continuation;
        this.settings = settings;
        starts = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = new Dictionary<string, int>(
            vocabulary
                .Where(t => t.Key.Length > prefix.Length && t.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(t => KeyValuePair.Create(t.Key[prefix.Length..], t.Value)),
            StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        longest = vocabulary.Keys.Max(token => token.Length);
    }

    public void Append(string word, List<int> ids)
    {
        int before = ids.Count;
        int at = 0;
        bool tooLong = word.Length > settings.MaxWordLength && word.EnumerateRunes().Count() > settings.MaxWordLength;
        while (!tooLong && at < word.Length)
        {
            if (Longest(at == 0 ? starts : continuations, word.AsSpan(at)) is not var (id, length))
            {
                break;
            }

            ids.Add(id);
            at += length;
        }

        if (at < word.Length)
        {
            ids.RemoveRange(before, ids.Count - before);
            ids.Add(settings.UnknownId);
        }
    }

    public IPieceModel Without(IReadOnlySet<int> hidden)
    {
        var other = (WordPieceModel)MemberwiseClone();
        other.hidden = hidden.ToFrozenSet();
        return other;
    }

    private (int Id, int Length)? Longest(Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> pieces, ReadOnlySpan<char> rest)
    {
        for (int length = Math.Min(rest.Length, longest); length > 0; length--)
        {
            if (pieces.TryGetValue(rest[..length], out int id) && !hidden.Contains(id))
            {
                return (id, length);
            }
        }

        return null;
    }
}
