using System.Collections.Frozen;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>Byte-pair encoding: a word's characters, merged pair by pair in the order that training found.</summary>
internal sealed class BpeModel : IPieceModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> vocabulary;
    private readonly IReadOnlyDictionary<(int Left, int Right), BpeMerge> merges;
    private readonly BpeSettings settings;
    private readonly ByteTokens? bytes;
    private FrozenSet<int> hidden = [];

    /// <param name="vocabulary">Ids by piece.</param>
    /// <param name="merges">By the ids of both sides.</param>
    /// <param name="settings">What to do about characters without a piece.</param>
    /// <param name="bytes">Tokens for such characters' bytes; null to go without.</param>
    public BpeModel(
        Dictionary<string, int> vocabulary, IReadOnlyDictionary<(int Left, int Right), BpeMerge> merges, BpeSettings settings, ByteTokens? bytes)
    {
        this.vocabulary = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        this.merges = merges;
        this.settings = settings;
        this.bytes = bytes;
    }

    public void Append(string word, List<int> ids)
    {
        if (settings.WholeWordsFirst && Find(word, out int whole))
        {
            ids.Add(whole);
            return;
        }

        int from = ids.Count;
        bool pending = false; // an unknown token, which is written before the next piece but after the next bytes, as in the published code
        for (int at = 0; at < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(at), out _, out int length);
            ReadOnlySpan<char> character = Marked(word, at, length);
            at += length;
            if (Find(character, out int id))
            {
                Flush(ids, ref pending);
                ids.Add(id);
            }
            else if (bytes?.TryAppend(character, ids) != true && settings.UnknownId is not null)
            {
                if (!settings.FusesUnknown)
                {
                    Flush(ids, ref pending);
                }

                pending = true;
            }
        }

        Flush(ids, ref pending);
        BpeMerging.Apply(ids, from, merges);
    }

    public IPieceModel Without(IReadOnlySet<int> hidden)
    {
        var other = (BpeModel)MemberwiseClone();
        other.hidden = hidden.ToFrozenSet();
        return other;
    }

    private bool Find(ReadOnlySpan<char> piece, out int id) => vocabulary.TryGetValue(piece, out id) && !hidden.Contains(id);

    private void Flush(List<int> ids, ref bool pending)
    {
        if (pending)
        {
            ids.Add(settings.UnknownId!.Value);
            pending = false;
        }
    }

    /// <summary>A character with the marks of its place in the word.</summary>
    private ReadOnlySpan<char> Marked(string word, int at, int length)
    {
        ReadOnlySpan<char> character = word.AsSpan(at, length);
        string before = at > 0 ? settings.Continuation : "";
        string after = at + length == word.Length ? settings.WordEnd : "";
        return before.Length + after.Length == 0 ? character : string.Concat(before, character, after);
    }
}
