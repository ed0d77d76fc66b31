using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>The division into pieces that Universal Sentence Encoder Lite was published with (arXiv 1803.11175 and its JavaScript code).</summary>
/// <remarks>
/// Viterbi's algorithm like <see cref="UnigramModel"/>, but a place that no piece ends at has score 0, as if text began there, the unknown token for
/// its last character, and of equal scores the shorter last piece wins.
/// </remarks>
internal sealed class UseLiteModel : IPieceModel
{
    /// <summary>Stands for a run of characters without pieces.</summary>
    public const int UnknownId = 0;

    private readonly SortedPieces pieces;
    private readonly IReadOnlyList<double> scores;

    /// <param name="pieces">Ids by piece, reserved ones left out.</param>
    /// <param name="scores">Log-probabilities by id.</param>
    public UseLiteModel(IReadOnlyDictionary<string, int> pieces, IReadOnlyList<double> scores)
    {
        this.pieces = new SortedPieces(pieces);
        this.scores = scores;
    }

    public void Append(string word, List<int> ids)
    {
        // By the place that a division ends at: its score, and its last piece; a length of 0 where no piece ends.
        var best = new (double Score, int Length, int Id)[word.Length + 1];
        var found = new List<(int Length, int Id)>();
        for (int start = 0; start < word.Length; start += Width(word, start))
        {
            pieces.Find(word.AsSpan(start), found);
            foreach ((int length, int id) in found)
            {
                double score = scores[id] + best[start].Score;
                ref (double Score, int Length, int Id) end = ref best[start + length];
                if (end.Score == 0 || score >= end.Score)
                {
                    end = (score, length, id);
                }
            }
        }

        var reversed = new List<int>();
        for (int end = word.Length; end > 0;)
        {
            (_, int length, int id) = best[end];
            if (length > 0)
            {
                reversed.Add(id);
            }
            else if (reversed.Count == 0 || reversed[^1] != UnknownId)
            {
                reversed.Add(UnknownId);
            }

            end -= length > 0 ? length : char.IsLowSurrogate(word[end - 1]) ? 2 : 1;
        }

        reversed.Reverse();
        ids.AddRange(reversed);
    }

    /// <summary>This model: its reserved pieces are out of reach as it is.</summary>
    public IPieceModel Without(IReadOnlySet<int> hidden) => this;

    private static int Width(string word, int at)
    {
        Rune.DecodeFromUtf16(word.AsSpan(at), out _, out int width);
        return width;
    }
}
