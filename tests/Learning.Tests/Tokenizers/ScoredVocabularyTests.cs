using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary><c>vocab.tsv</c>: llama2.c's models and Universal Sentence Encoder Lite.</summary>
public sealed class ScoredVocabularyTests
{
    [Fact]
    public void The_published_rules_of_llama2c_hold_for_stories260K()
    {
        ITokenizer tokenizer = Shared("stories260K");

        Assert.Equal(["\n<s>\n", " Once", " upon", " a", " time"], tokenizer.Tokens("Once upon a time"));
        Assert.Equal([1, 403, 407, 261, 378], tokenizer.Encode("Once upon a time", null, 100));
        Assert.Equal([1], tokenizer.Encode("", null, 100));
        Assert.Equal([1], tokenizer.EncodeOpen(""));
        Assert.Equal((1, 1), (tokenizer.Special.Begin, tokenizer.Special.End)); // a text ends where the next begins
        Assert.Equal([2 + 1 + 0xE6, 2 + 1 + 0x9D, 2 + 1 + 0xB1], tokenizer.EncodeBare("東", 100)[1..]);
        var random = new Random(41);
        for (int i = 0; i < 100; i++)
        {
            string text = string.Join(
                ' ', Enumerable.Range(0, 8).Select(_ => RandomText.Next(random, 5) + "lily said the" + (char)('a' + random.Next(26))));

            Assert.Equal(SlowMerges(tokenizer, text), tokenizer.Encode(text, null, 10_000));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, null, 10_000)));
        }
    }

    [Fact]
    public void The_published_rules_of_the_sentence_encoder_hold_for_use_lite()
    {
        ITokenizer tokenizer = Shared("use-lite");

        Assert.Equal(["▁What", "▁is", "▁the", "▁capital", "▁of", "▁France", "?"], tokenizer.Tokens("What is the capital of France?"));
        Assert.Equal([379, 18, 9, 1706, 14, 3398, 54], tokenizer.Encode("What is the capital of France?", null, 128));
        Assert.Equal(tokenizer.Encode("fine 1", null, 128), tokenizer.Encode("ﬁne １", null, 128)); // NFKC
        Assert.Equal(128, tokenizer.Encode(string.Concat(Enumerable.Repeat("word ", 500)), null, 128).Length);
        Assert.Equal("What is it?", tokenizer.Decode(tokenizer.Encode("What is it?", null, 128)));
    }

    [Fact]
    public void The_sentence_encoder_merges_unknown_runs_and_of_equals_takes_the_shorter_last_piece()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "vocab.tsv", Lines(("�", 0), ("<s>", 0), ("</s>", 0), ("x1", 0), ("x2", 0), ("x3", 0), ("▁", -1), ("ab", -2), ("▁ab", -3), ("d", -1)));
        ITokenizer tokenizer = TokenizerFolder.Load(folder.Path);

        Assert.Equal([6, 7, 0, 9], tokenizer.Encode("ab東京d", null, 9)); // ▁ + ab scores as much as ▁ab: of equals the shorter last piece
        Assert.Equal([6, 0], tokenizer.Encode("x1", null, 9)); // reserved pieces are out of reach
    }

    [Theory]
    [InlineData("0\t\"a\"\n", "line 1 should be 0")]
    [InlineData("1\t\"a\"\t0\n", "line 1 should be 0")]
    [InlineData("0\ta\t0\n", "line 1 should be 0")]
    [InlineData("0\t\"a\"\tNaN\n", "line 1 should be 0")]
    [InlineData("0\t\"a\"\t0\n1\t\"\"\t0\n", "line 2 should be 1")]
    [InlineData("", "the vocabulary has 0 pieces")]
    public void A_broken_line_is_refused_by_number(string lines, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("vocab.tsv", lines);

        string message = Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path)).Message;

        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private static string Lines(params (string Piece, double Score)[] pieces) =>
        string.Concat(
            pieces.Select((p, id) => FormattableString.Invariant($"{id}\t{System.Text.Json.JsonSerializer.Serialize(p.Piece)}\t{p.Score}\n")));

    /// <summary>
    /// llama2.c's loop: of all neighbours, merges those whose piece scores most, the first of equals; scores fall with ids from 259 on.
    /// </summary>
    private static List<int> SlowMerges(ITokenizer tokenizer, string text)
    {
        Dictionary<string, int> pieces = Enumerable.Range(259, tokenizer.VocabularySize - 259).ToDictionary(tokenizer.Token);
        List<int> ids = [.. (' ' + text).EnumerateRunes().SelectMany(
            rune => pieces.TryGetValue(rune.ToString(), out int id) ? [id] : System.Text.Encoding.UTF8.GetBytes(rune.ToString()).Select(b => b + 3))];
        while (true)
        {
            var best = Enumerable.Range(0, ids.Count - 1)
                .Select(i => (At: i, Id: pieces.GetValueOrDefault(tokenizer.Token(ids[i]) + tokenizer.Token(ids[i + 1]), int.MaxValue)))
                .DefaultIfEmpty((At: 0, Id: int.MaxValue))
                .MinBy(pair => pair.Id);
            if (best.Id == int.MaxValue)
            {
                return [1, .. ids];
            }

            ids[best.At] = best.Id;
            ids.RemoveAt(best.At + 1);
        }
    }

    private static ITokenizer Shared(string model) => TokenizerFolder.Load(SharedData.Model(model));
}
