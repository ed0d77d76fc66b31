using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>Byte-pair encoding: a word's characters, merged pair by pair in the order that training found.</summary>
internal sealed class BpeModel : IPieceModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> vocabulary;
    private readonly IReadOnlyDictionary<(int Left, int Right), BpeMerge> merges;
    private readonly BpeSettings settings;
    private readonly ByteTokens? bytes;

    /// <param name="vocabulary">Ids by piece, special tokens left out; text cannot reach those.</param>
    /// <param name="merges">By the ids of both sides.</param>
    /// <param name="settings">What to do about characters without a piece.</param>
    /// <param name="bytes">Tokens for such characters' bytes; null to go without.</param>
    public BpeModel(Dictionary<string, int> vocabulary, IReadOnlyDictionary<(int Left, int Right), BpeMerge> merges, BpeSettings settings, ByteTokens? bytes)
    {
        this.vocabulary = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        this.merges = merges;
        this.settings = settings;
        this.bytes = bytes;
    }

    public void Append(string word, List<int> ids)
    {
        if (settings.WholeWordsFirst && vocabulary.TryGetValue(word, out int whole))
        {
            ids.Add(whole);
            return;
        }

        int from = ids.Count;
        bool afterUnknown = false;
        for (int at = 0; at < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(at), out _, out int length);
            ReadOnlySpan<char> character = word.AsSpan(at, length);
            at += length;
            if (vocabulary.TryGetValue(character, out int id))
            {
                ids.Add(id);
                afterUnknown = false;
            }
            else if (bytes?.TryAppend(character, ids) == true)
            {
                afterUnknown = false;
            }
            else if (settings.UnknownId is { } unknown)
            {
                if (!(afterUnknown && settings.FusesUnknown))
                {
                    ids.Add(unknown);
                }

                afterUnknown = true;
            }
        }

        BpeMerging.Apply(ids, from, merges);
    }
}
