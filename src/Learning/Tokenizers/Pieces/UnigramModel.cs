using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>
/// The unigram language model (arXiv 1804.10959): the division of a word whose pieces' log-probabilities add up to most, found by Viterbi's
/// algorithm.
/// </summary>
internal sealed class UnigramModel : IPieceModel
{
    /// <summary>An unknown character is this much less probable, in nats, than the least probable piece, as in the published code.</summary>
    private const double UnknownPenalty = 10;

    private readonly SortedPieces pieces;
    private readonly IReadOnlyList<double> scores;
    private readonly int? unknownId;
    private readonly double unknownScore;
    private readonly ByteTokens? bytes;
    private FrozenSet<int> hidden = [];

    /// <param name="pieces">Ids by piece.</param>
    /// <param name="scores">Log-probabilities in nats, by id.</param>
    /// <param name="unknownId">Stands for a run of characters without pieces; null if there must be none.</param>
    /// <param name="bytes">Tokens for the bytes of such a run; null to go without.</param>
    public UnigramModel(IReadOnlyDictionary<string, int> pieces, IReadOnlyList<double> scores, int? unknownId, ByteTokens? bytes)
    {
        this.pieces = new SortedPieces(pieces);
        this.scores = scores;
        this.unknownId = unknownId;
        this.bytes = bytes;
        unknownScore = scores.Min() - UnknownPenalty;
    }

    public void Append(string word, List<int> ids)
    {
        // Best division of the first i units: its score, where its last piece starts and which that is (null: no piece).
        var best = new (double Score, int Start, int? Id)[word.Length + 1];
        best.AsSpan(1).Fill((double.NegativeInfinity, 0, null));
        var found = new List<(int Length, int Id)>();
        for (int start = 0; start < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(start), out _, out int character);
            pieces.Find(word.AsSpan(start), found);
            bool single = false;
            foreach ((int length, int id) in found)
            {
                if (hidden.Contains(id))
                {
                    continue;
                }

                single |= length == character;
                Improve(best, start, length, id, scores[id]);
            }

            if (!single)
            {
                Improve(best, start, character, null, unknownScore);
            }

            start += character;
        }

        AppendPath(word, best, ids);
    }

    public IPieceModel Without(IReadOnlySet<int> hidden)
    {
        var other = (UnigramModel)MemberwiseClone();
        other.hidden = hidden.ToFrozenSet();
        return other;
    }

    private static void Improve((double Score, int Start, int? Id)[] best, int start, int length, int? id, double score)
    {
        ref (double Score, int Start, int? Id) end = ref best[start + length];
        if (best[start].Score + score > end.Score)
        {
            end = (best[start].Score + score, start, id);
        }
    }

    private void AppendPath(string word, (double Score, int Start, int? Id)[] best, List<int> ids)
    {
        var path = new List<(int Start, int? Id)>();
        for (int end = word.Length; end > 0; end = best[end].Start)
        {
            // A run of characters without pieces is one.
            if (best[end].Id is null && path.Count > 0 && path[^1].Id is null)
            {
                CollectionsMarshal.AsSpan(path)[^1].Start = best[end].Start;
            }
            else
            {
                path.Add((best[end].Start, best[end].Id));
            }
        }

        for (int i = path.Count - 1; i >= 0; i--)
        {
            int end = i > 0 ? path[i - 1].Start : word.Length;
            if (path[i].Id is { } id)
            {
                ids.Add(id);
            }
            else if (unknownId is not { } unknown)
            {
                throw new InvalidDataException(
                    $"The text has \"{word[path[i].Start..end]}\", which the tokenizer has no piece for; model.unk_id of its tokenizer.json should "
                    + "name the token for such text.");
            }
            else if (bytes?.TryAppend(word.AsSpan(path[i].Start, end - path[i].Start), ids) != true)
            {
                ids.Add(unknown);
            }
        }
    }
}
