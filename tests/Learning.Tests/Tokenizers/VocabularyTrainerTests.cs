using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class VocabularyTrainerTests
{
    private const int Specials = 5;
    private const int AsciiCharacters = (2 * 36) + 32; // letters and digits at a word's start and within, punctuation alone

    [Fact]
    public void The_most_frequent_pairs_are_merged_first()
    {
        // hug ×10, pug ×5, pun ×12, bun ×4, hugs ×5: the worked example of byte-pair encoding in the field's courses,
        // here with continuing pieces marked: ##u+##g 20, ##u+##n 16, h+##ug 15.
        string text = string.Join(' ', Enumerable.Repeat("hug", 10).Concat(Enumerable.Repeat("pug", 5)).Concat(Enumerable.Repeat("pun", 12)).Concat(Enumerable.Repeat("bun", 4)).Concat(Enumerable.Repeat("hugs", 5)));

        IReadOnlyList<string> tokens = VocabularyTrainer.Train([text], Specials + AsciiCharacters + 3);

        Assert.Equal(["##ug", "##un", "hug"], tokens.Skip(Specials + AsciiCharacters));
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], tokens.Take(Specials));
    }

    [Fact]
    public void Merging_step_by_step_agrees_with_counting_afresh_each_time()
    {
        string[] texts = ["aaaa aaab abab abba baba", "abab aab bbbb aaaa abcabc", "cab cabac bacab abcab", "aaa aab aabb"];

        IReadOnlyList<string> tokens = VocabularyTrainer.Train(texts, Specials + AsciiCharacters + 20);

        Assert.Equal(SlowMerges([.. texts.SelectMany(text => text.Split(' '))], 20), tokens.Skip(Specials + AsciiCharacters));
    }

    [Fact]
    public void The_order_of_texts_does_not_matter_and_any_ASCII_text_has_pieces()
    {
        string[] texts = ["Reads the stream.", "Writes the stream to the file.", "The file is read."];

        IReadOnlyList<string> tokens = VocabularyTrainer.Train(texts, 150);

        Assert.Equal(tokens, VocabularyTrainer.Train(texts.Reverse(), 150));
        var tokenizer = new WordPieceTokenizer(tokens, BertNormalization.Uncased);
        string ascii = string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c));
        Assert.DoesNotContain(tokenizer.UnknownId, tokenizer.Encode(ascii, null, 512));
    }

    /// <summary>Counts all pairs before every merge.</summary>
    private static List<string> SlowMerges(string[] words, int merges)
    {
        List<List<string>> pieces = [.. words.Select(word => word.Select((c, i) => i == 0 ? $"{c}" : $"##{c}").ToList())];
        var merged = new List<string>();
        while (merged.Count < merges)
        {
            var best = pieces.SelectMany(p => p.Zip(p.Skip(1)))
                .GroupBy(pair => pair)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key.First, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Second, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best is null || best.Count() < 2)
            {
                break;
            }

            string piece = best.Key.First + best.Key.Second[2..];
            foreach (List<string> word in pieces)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] = piece;
                        word.RemoveAt(i + 1);
                    }
                }
            }

            if (!merged.Contains(piece))
            {
                merged.Add(piece);
            }
        }

        return merged;
    }
}
