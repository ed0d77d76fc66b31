using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>
/// Builds an uncased WordPiece vocabulary by merging the most frequent pair of neighbouring pieces, again and again (byte-pair encoding, arXiv
/// 1508.07909, as Hugging Face's WordPiece trainer does).
/// </summary>
public static class VocabularyTrainer
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const string Marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    private const int MinCount = 2;

    /// <summary>
    /// The vocabulary in the order of ids: special tokens, single characters (all of ASCII's, others seen twice), merged pieces by falling frequency.
    /// </summary>
    /// <param name="texts">Training texts; their order does not matter.</param>
    /// <param name="size">Most tokens to return; fewer if no pair occurs twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size leaves no room for the single characters.</exception>
    public static IReadOnlyList<string> Train(IEnumerable<string> texts, int size)
    {
        ArgumentNullException.ThrowIfNull(texts);
        SortedDictionary<string, int> words = Count(texts);
        List<string> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Alphabet(words)];
        ArgumentOutOfRangeException.ThrowIfLessThan(size, tokens.Count);
        var seen = new HashSet<string>(tokens, StringComparer.Ordinal);
        var merges = new PairMerges(words.Select(word => (Pieces(word.Key), word.Value)));
        while (tokens.Count < size && merges.MergeBest(MinCount) is { } merged)
        {
            // Two different pairs can make the same piece.
            if (seen.Add(merged))
            {
                tokens.Add(merged);
            }
        }

        return tokens;
    }

    private static SortedDictionary<string, int> Count(IEnumerable<string> texts)
    {
        var words = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in texts.SelectMany(text => BertWords.Split(BertCleaning.Normalize(text, BertNormalization.Uncased))))
        {
            words[word] = words.GetValueOrDefault(word) + 1;
        }

        return words;
    }

    private static IEnumerable<string> Alphabet(SortedDictionary<string, int> words)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach ((string word, int count) in words)
        {
            foreach (string piece in Pieces(word))
            {
                counts[piece] = counts.GetValueOrDefault(piece) + count;
            }
        }

        // Any ASCII text can be written in pieces, whatever was trained on.
        foreach (char c in Letters)
        {
            counts[$"{c}"] = counts[$"##{c}"] = MinCount;
        }

        foreach (char c in Marks)
        {
            counts[$"{c}"] = MinCount;
        }

        return counts.Where(piece => piece.Value >= MinCount).Select(piece => piece.Key);
    }

    private static string[] Pieces(string word) =>
        [.. word.EnumerateRunes().Select((rune, i) => i == 0 ? rune.ToString() : $"##{rune}")];
}
